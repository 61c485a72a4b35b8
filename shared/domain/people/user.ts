import * as z from "zod";
import { Username } from "../access/login.ts";
import { Password } from "../access/password.ts";
import { Role } from "../access/roles.ts";
import { PasskeyRecord } from "./passkey.ts";
import { EmailAddress } from "../terms/addresses.ts";
import { ApiKeyId, CustomerId, UserId } from "../terms/ids.ts";
import { Locale } from "../terms/settings.ts";
import { line } from "../terms/text.ts";
import { Instant } from "../terms/times.ts";

/** Whether a user can log in now, and if not, why. */
export const UserState = z.enum(["invited", "active", "disabled", "ended"]).meta({
  description:
    "invited: has not set a password yet; active: can log in; disabled: switched off; ended: the date until which access was given has passed",
});
export type UserState = z.infer<typeof UserState>;

/** A person with web access (P1, P2): sees the branch of one customer, as far as the role goes. */
export const User = z
  .object({
    id: UserId,
    version: z.int(),
    customerId: CustomerId.meta({ description: "The user sees this customer and everything below it" }),
    username: z.string(),
    email: z.string(),
    name: z.string(),
    role: Role,
    state: UserState,
    active: z.boolean(),
    endsAt: z.iso.datetime().nullable().meta({ description: "When access ends; null: never" }),
    locale: z.string().nullable(),
    mustChangePassword: z.boolean(),
    secondFactor: z
      .object({ totp: z.boolean(), recoveryCodesLeft: z.int(), passkeys: z.int().meta({ description: "How many" }) })
      .meta({ description: "What the user proves beside the password" }),
    invitation: z
      .object({ expiresAt: z.iso.datetime() })
      .nullable()
      .meta({ description: "The invitation that has not been accepted; null: none" }),
    lastLoginAt: z.iso.datetime().nullable(),
    createdBy: z.union([ApiKeyId, UserId]).nullable().meta({
      description: "Who made it; null: somebody else than the caller, which only the provider's are told",
    }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "User" });
export type User = z.infer<typeof User>;

export const UserInput = z
  .strictObject({
    customerId: CustomerId,
    role: Role,
    name: line(100),
    email: EmailAddress,
    username: Username.optional().meta({ description: "Default: the mail address" }),
    password: Password.optional().meta({
      description:
        "Default: none; the user is invited by mail and chooses one. One that is set here must be changed at the first login",
    }),
    endsAt: Instant.nullish().meta({ description: "When access ends; none: never" }),
    locale: Locale.nullish().meta({ description: "Language of the user's mails; none: the customer's" }),
  })
  .meta({ id: "UserInput" });
export type UserInput = z.infer<typeof UserInput>;

/** A JSON merge patch over a user. */
export const UserPatch = z
  .strictObject({
    name: line(100).optional(),
    email: EmailAddress.optional(),
    role: Role.optional(),
    active: z.boolean().optional().meta({ description: "false: web access is off, and all sessions end" }),
    customerId: CustomerId.optional().meta({ description: "Another scope; all sessions end" }),
    endsAt: Instant.nullish(),
    locale: Locale.nullish(),
  })
  .meta({ id: "UserPatch" });
export type UserPatch = z.infer<typeof UserPatch>;

/** A secret that was mailed: it works once, until it expires. */
export const MailedSecret = z.object({ hash: z.string(), expiresAt: z.string() });

/** A user's authenticator app. Its seed is sealed. */
export const Totp = z.object({
  sealedSeed: z.string(),
  confirmedAt: z.string().nullable().default(null),
});

/** A user as it is stored. Passwords and mailed secrets are kept as hashes. */
export const UserRecord = z.object({
  id: UserId,
  version: z.int(),
  customerId: CustomerId,
  /** Ids above the customer, as a hint. */
  ancestors: z.array(CustomerId),
  username: z.string(),
  email: z.string(),
  name: z.string(),
  role: Role,
  active: z.boolean(),
  endsAt: z.string().nullable().default(null),
  locale: z.string().nullable().default(null),
  /** null until the invitation is accepted. */
  passwordHash: z.string().nullable().default(null),
  mustChangePassword: z.boolean(),
  invitation: MailedSecret.nullable().default(null),
  passwordReset: MailedSecret.nullable().default(null),
  totp: Totp.nullable().default(null),
  /** The last time step of the authenticator app whose code was used: no code works twice. */
  totpStep: z.int().default(0),
  /** Hashes of the recovery codes that are left. */
  recoveryCodes: z.array(z.string()).default([]),
  passkeys: z.array(PasskeyRecord).default([]),
  /** Sessions of another generation have ended. */
  generation: z.int().default(0),
  lastLoginAt: z.string().nullable().default(null),
  createdBy: z.union([ApiKeyId, UserId]).nullable().default(null),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type UserRecord = z.infer<typeof UserRecord>;

/** Whether access that ends at a moment has ended. */
const hasEnded = (endsAt: string | null, nowMs: number): boolean => endsAt !== null && Date.parse(endsAt) <= nowMs;

/** What a user's state is at a moment, in milliseconds since the epoch. */
export function userState(user: Pick<UserRecord, "active" | "endsAt" | "passwordHash">, nowMs: number): UserState {
  if (!user.active) return "disabled";
  if (hasEnded(user.endsAt, nowMs)) return "ended";
  return user.passwordHash === null ? "invited" : "active";
}

/** Whether a user has an authenticator app that works. */
export const hasApp = ({ totp }: Pick<UserRecord, "totp">): boolean => totp !== null && totp.confirmedAt !== null;
/** Whether a user has a second factor that works: an app or a passkey. Recovery codes stand in for one and are none by themselves. */
export const hasSecondFactor = (user: Pick<UserRecord, "totp" | "passkeys">): boolean =>
  hasApp(user) || user.passkeys.length > 0;

/** Whether a user stands for the provider's administration without an end that is known: somebody can always let others in. */
export const isLastingAdmin = (user: UserRecord, nowMs: number): boolean =>
  user.role === "admin" && user.endsAt === null && userState(user, nowMs) === "active";

/** What a user who loses every second factor has in its place. */
export const withoutSecondFactor = {
  totp: null,
  totpStep: 0,
  recoveryCodes: [],
  passkeys: [],
} satisfies Partial<UserRecord>;

/** What changes with a user's second factors. Recovery codes go with the last of them: they would let nobody in, and count again for the next one. */
export const changeFactors = (
  user: UserRecord,
  factors: Partial<Pick<UserRecord, "totp" | "totpStep" | "passkeys">>,
): Partial<UserRecord> => ({
  ...factors,
  ...(!hasSecondFactor({ ...user, ...factors }) && { recoveryCodes: [] }),
});

/** What the log tells of a user who is new or gone: who he is, and what he may do. */
export const toldOfUser = ({ customerId, email, role, active, endsAt, mustChangePassword }: UserRecord) => ({
  customerId,
  email,
  role,
  active,
  endsAt,
  mustChangePassword,
});
