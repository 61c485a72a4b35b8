import * as z from "zod";
import { AccountId, CustomerId, SessionId, UserId } from "../terms/ids.ts";

/** A session that nobody uses ends after this time. */
export const idleMs = 60 * 60_000;
/** A session ends after this time, however much it is used. */
export const longestMs = 12 * 60 * 60_000;
/** How often the last use of a session is written at most. */
export const seenEveryMs = 5 * 60_000;
/** For so long a caller who has proved who it is need not do so again before a dangerous change. */
export const provedForMs = 10 * 60_000;

/** Where somebody is logged in. */
export const Session = z
  .object({
    id: SessionId,
    version: z.int(),
    userAgent: z.string().meta({ description: "What the client called itself" }),
    sourceIp: z.string().meta({ description: "Where the login came from" }),
    createdAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime().meta({ description: "Written at most every five minutes" }),
    expiresAt: z.iso
      .datetime()
      .meta({ description: "When it ends at the latest; earlier if it is not used for an hour" }),
    current: z.boolean().meta({ description: "The session of this request" }),
  })
  .meta({ id: "Session" });
export type Session = z.infer<typeof Session>;
/** Where somebody is logged in, oldest first. */
export const Sessions = z.object({ items: z.array(Session) }).meta({ id: "Sessions" });

/** Until when a proof of who somebody is counts. */
export const Proved = z.object({ provedUntil: z.iso.datetime() }).meta({ id: "Proved" });

/** A session as it is stored. The token itself is nowhere; its secret has 256 random bits, so a plain hash cannot be searched. */
export const SessionRecord = z.object({
  id: SessionId,
  /** Whose it is. */
  ownerId: z.union([UserId, AccountId]),
  secretHash: z.string(),
  /** The user's generation when it began: another one ends it. */
  generation: z.int(),
  /**
   * Of an account's login: the customer that the account belonged to, and a hash of how its password was stored: others end the
   * session; and the other account of this customer that the session has switched to.
   */
  account: z
    .object({ customerId: CustomerId, passwordMark: z.string(), currentId: AccountId.nullable().default(null) })
    .nullable()
    .default(null),
  userAgent: z.string(),
  sourceIp: z.string(),
  createdAt: z.string(),
  lastSeenAt: z.string(),
  endsAt: z.string(),
  provedAt: z.string(),
  /** When the table may forget it, in seconds since the epoch. */
  expiresAt: z.int(),
});
export type SessionRecord = z.infer<typeof SessionRecord>;

/** Whether a session still counts, as far as time tells. */
export const isLasting = ({ lastSeenAt, endsAt }: SessionRecord, nowMs: number): boolean =>
  nowMs < Date.parse(endsAt) && nowMs < Date.parse(lastSeenAt) + idleMs;

/** Whether the last use of something is to be written anew. */
export const isSeenAnew = (lastSeenAt: string | null, nowMs: number, everyMs: number): boolean =>
  lastSeenAt === null || nowMs - Date.parse(lastSeenAt) >= everyMs;
