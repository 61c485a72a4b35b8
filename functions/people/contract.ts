import * as z from "zod";
import { TriedLogin } from "../../shared/domain/access/login.ts";
import { Password } from "../../shared/domain/access/password.ts";
import { Proved, Session, Sessions } from "../../shared/domain/people/session.ts";
import { User } from "../../shared/domain/people/user.ts";
import { AccountId, SessionId } from "../../shared/domain/terms/ids.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { ChangeQuery, pageOf, PageQuery } from "../../shared/http/requests.ts";
import { Code } from "../totp/contract.ts";
import { LoggedIn, PortalLogin, SessionIn } from "./logged-in.ts";

const oldPassword = z.string().min(1).max(400);
const MailedCode = z.string().min(1).max(200).meta({ description: "The code from the mail" });
const PortalAccount = PortalLogin.extend({
  current: z.boolean().meta({ description: "The account that the session sees" }),
}).meta({ id: "PortalAccount" });
const PasswordChosen = z.object({ username: z.string() }).meta({ id: "PasswordChosen" });

const change = ["table:BatchGetItem", "table:PutItem", "table:UpdateItem"] as const satisfies Grant[];
const publicGrants = [...change, "rate:UpdateItem"] as const satisfies Grant[];

export const people = defineArea("people", {
  login: {
    route: "POST /v1/login",
    summary: "Log in",
    description:
      "Logs a user in by password and, if the user has a second factor, a code of the authenticator app or a recovery code; or a backup account into the portal, by its user name and password. The session of an account sees that account, its devices and their backup sets. An unknown user name, a wrong password, a user without access and an account that is suspended or for which the portal is closed get the same answer after the same time.\n\nFive failures of a name from one address in 15 minutes, fifty from all addresses, or a hundred of one address with any names are answered with 429. A client that has logged in before (`knownClientToken`) and one that sends a code are not stopped by failures from other addresses.\n\nA session ends after an hour without use, and after 12 hours.",
    permission: "public",
    query: ChangeQuery,
    body: z
      .strictObject({
        username: TriedLogin,
        password: oldPassword,
        code: Code.optional(),
        session: SessionIn,
        knownClientToken: z.string().max(200).optional(),
      })
      .meta({ id: "Login" }),
    success: { status: 200, body: LoggedIn },
    errors: ["wrong_password", "wrong_code", "code_required", "rate_limited"],
    grants: [...publicGrants, "seal:Decrypt"],
  },
  logout: {
    route: "POST /v1/logout",
    summary: "Log out",
    description: "Ends the session of this request.",
    permission: "self",
    portal: true,
    query: ChangeQuery,
    success: { status: 200, body: z.object({ loggedOut: z.boolean() }).meta({ id: "LoggedOut" }) },
    errors: [],
    grants: ["table:BatchGetItem", "table:PutItem", "table:DeleteItem"],
  },
  listSessions: {
    route: "GET /v1/me/sessions",
    summary: "List your sessions",
    description: "Lists where you are logged in, oldest first.",
    permission: "self",
    portal: true,
    branch: "scope",
    success: { status: 200, body: Sessions },
    errors: [],
    grants: ["table:BatchGetItem", "table:Query"],
  },
  endSession: {
    route: "DELETE /v1/me/sessions/{id}",
    summary: "End one of your sessions",
    description: "Ends a session of yours, with its next request.",
    permission: "self",
    portal: true,
    params: z.strictObject({ id: SessionId }),
    query: ChangeQuery,
    success: { status: 200, body: Session },
    errors: ["not_found"],
    grants: ["table:BatchGetItem", "table:PutItem", "table:DeleteItem"],
  },
  listOwnAccounts: {
    route: "GET /v1/me/accounts",
    summary: "List the accounts that you can switch to",
    description:
      "For the login of an account: lists the accounts of its customer that it can switch to, itself among them. Accounts that are suspended or deleted are left out, so a page may hold fewer than `limit`.",
    permission: "self",
    portal: "only",
    branch: "scope",
    query: PageQuery,
    success: { status: 200, body: pageOf(PortalAccount) },
    errors: ["invalid_cursor", "not_applicable"],
    grants: ["table:BatchGetItem", "table:Query"],
  },
  switchAccount: {
    route: "POST /v1/me/account",
    summary: "Switch to another account",
    description:
      "For the login of an account: from the next request on, the session sees another account of the same customer instead, without another login. The session goes on as that of the account that has logged in: it ends with that one's password, and changes are logged as its own. It also ends when the account that it sees is suspended or deleted, or goes to another customer.",
    permission: "self",
    portal: "only",
    query: ChangeQuery,
    body: z.strictObject({ accountId: AccountId }).meta({ id: "AccountSwitch" }),
    success: { status: 200, body: PortalLogin },
    errors: ["not_found"],
    grants: ["table:BatchGetItem", "table:PutItem", "table:UpdateItem"],
  },
  changeOwnPassword: {
    route: "POST /v1/me/password",
    summary: "Change your password",
    description:
      "Changes your password by the old one, and ends all your other sessions. A user is answered; to the login of an account, its user name.",
    permission: "self",
    portal: true,
    query: ChangeQuery,
    body: z.strictObject({ password: oldPassword, newPassword: Password }).meta({ id: "OwnPasswordChange" }),
    success: { status: 200, body: z.union([User, PasswordChosen]) },
    errors: ["wrong_password", "password_too_weak"],
    grants: publicGrants,
  },
  prove: {
    route: "POST /v1/me/proof",
    summary: "Prove who you are",
    description:
      "Proves again who you are, by your password or a code of your second factor. Deletions, keys and access of others need a proof (or a login) of the last ten minutes: without one they are refused with `proof_required`.",
    permission: "self",
    query: ChangeQuery,
    body: z
      .strictObject({ password: oldPassword.optional(), code: Code.optional() })
      .refine(({ password, code }) => (password === undefined) !== (code === undefined), {
        path: ["password"],
        error: "give either a password or a code",
      })
      .meta({ id: "Proof" }),
    success: { status: 200, body: Proved },
    errors: ["wrong_password", "wrong_code"],
    grants: [...publicGrants, "seal:Decrypt"],
  },
  requestPasswordReset: {
    route: "POST /v1/password-resets",
    summary: "Ask for a new password",
    description:
      "Mails a user a code with which to choose another password, within an hour and once. The answer is the same whether or not there is such a user.",
    permission: "public",
    query: ChangeQuery,
    body: z.strictObject({ username: TriedLogin }).meta({ id: "PasswordResetRequest" }),
    success: { status: 202, body: z.object({ accepted: z.boolean() }).meta({ id: "PasswordResetAccepted" }) },
    errors: ["rate_limited"],
    grants: [...publicGrants, "table:ConditionCheckItem", "seal:Encrypt"],
  },
  completePasswordReset: {
    route: "POST /v1/password-resets/complete",
    summary: "Choose a new password",
    description:
      "Sets another password by the code from the mail, and ends all sessions. A second factor stays, and is asked for at the next login.",
    permission: "public",
    query: ChangeQuery,
    body: z.strictObject({ code: MailedCode, newPassword: Password }).meta({ id: "PasswordResetCompletion" }),
    success: { status: 200, body: PasswordChosen },
    errors: ["link_invalid", "password_too_weak", "rate_limited"],
    grants: publicGrants,
  },
  acceptInvitation: {
    route: "POST /v1/invitations/accept",
    summary: "Accept an invitation",
    description: "Sets the first password by the code from the invitation. The code works once, for seven days.",
    permission: "public",
    query: ChangeQuery,
    body: z.strictObject({ code: MailedCode, password: Password }).meta({ id: "InvitationAcceptance" }),
    success: { status: 200, body: PasswordChosen },
    errors: ["link_invalid", "password_too_weak", "rate_limited"],
    grants: publicGrants,
  },
  changePassword: {
    route: "POST /v1/password",
    summary: "Change an account's password",
    description:
      "Changes the password of an account by its old password. An unknown user name, a wrong password and a deleted account get the same answer after the same time. Five failures of a name from one address in 15 minutes, fifty from all addresses, or a hundred of one address with any names are answered with 429.",
    permission: "public",
    query: ChangeQuery,
    body: z
      .strictObject({
        username: TriedLogin,
        password: oldPassword.meta({ description: "The old password, or the temporary one" }),
        newPassword: Password,
      })
      .meta({ id: "PasswordChange" }),
    success: {
      status: 200,
      body: z.object({ username: z.string(), mustChangePassword: z.boolean() }).meta({ id: "PasswordChanged" }),
    },
    errors: ["wrong_password", "password_too_weak", "rate_limited"],
    grants: publicGrants,
  },
});
