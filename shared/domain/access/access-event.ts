import * as z from "zod";
import { AccountId, ApiKeyId, UserId } from "../terms/ids.ts";

/** What was tried, in the past tense. */
export const AccessEventType = z
  .enum([
    "LoginSucceeded",
    "LoginFailed",
    "SecondFactorFailed",
    "SessionEnded",
    "CredentialRefused",
    "PermissionRefused",
    "RateLimited",
  ])
  .meta({
    id: "AccessEventType",
    description:
      "LoginSucceeded, LoginFailed: a user name with the right or a wrong password, or a passkey by itself; SecondFactorFailed: a wrong code behind the right password, or an answer of a passkey that does not count; SessionEnded: something that ends sessions, whether or not any was open; CredentialRefused: a credential with a wrong secret, or one that is revoked or has expired (401); PermissionRefused: the role does not hold the right (403); RateLimited: too many requests (429)",
  });
export type AccessEventType = z.infer<typeof AccessEventType>;

/** One line of the log of access: what a credential tried from one place within a minute. */
export const AccessEvent = z
  .object({
    type: AccessEventType,
    at: z.iso.datetime().meta({ description: "The minute in which it happened" }),
    lastAt: z.iso.datetime().meta({ description: "The last time within that minute" }),
    count: z.int().min(1).meta({ description: "How often, at least: of many in a row some are not written down" }),
    credential: z
      .object({
        kind: z.enum(["apiKey", "user", "account"]),
        id: z.union([ApiKeyId, UserId, AccountId]),
      })
      .nullable()
      .meta({ description: "Whose it was; null: nobody's that is known" }),
    sourceIp: z.string().nullable().meta({ description: "Where the last request came from, as the gateway saw it" }),
    operation: z.string().nullable().meta({ description: "The operation that was called last" }),
    reason: z.string().nullable().default(null).meta({
      description:
        "The code that it was refused with; of SessionEnded: logged_out, ended (by its owner or somebody else; `operation` says which), or password_changed",
    }),
    requestId: z.string().meta({ description: "The last request" }),
  })
  .meta({ id: "AccessEvent" });
export type AccessEvent = z.infer<typeof AccessEvent>;
