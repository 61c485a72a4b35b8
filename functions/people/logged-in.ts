import * as z from "zod";
import { User } from "../../shared/domain/people/user.ts";
import { AccountId, CustomerId } from "../../shared/domain/terms/ids.ts";

/** Where the token of a new session goes. */
export const SessionIn = z.enum(["bearer", "cookie"]).default("bearer").meta({
  description: "cookie: for browsers; the token is in a cookie that no script can read",
});
const Token = z
  .string()
  .meta({ description: "Send as `Authorization: Bearer <token>`; null where it is in the cookie" });
/** The account that has logged in to the portal. */
export const PortalLogin = z
  .object({ id: AccountId, username: z.string(), customerId: CustomerId })
  .meta({ id: "PortalLogin" });
/** What a login answers, whatever it has proved. */
export const LoggedIn = z
  .object({
    kind: z.enum(["user", "account"]).meta({ description: "account: of a backup account, for the portal" }),
    token: Token.nullable(),
    knownClientToken: Token.nullable().meta({
      description: "Send it with the next login: others who try this user name then cannot lock you out",
    }),
    expiresAt: z.iso.datetime(),
    mustDo: z.enum(["change_password", "set_up_second_factor"]).nullable().meta({
      description: "What you have to do before anything else is allowed",
    }),
    user: User.nullable(),
    account: PortalLogin.nullable().meta({ description: "The account that has logged in; null: a user" }),
  })
  .meta({ id: "LoggedIn" });
