import type { AccessEvent, AccessEventType } from "../../domain/access/access-event.ts";
import { dayMs } from "../../domain/terms/trial.ts";
import type { WorkContext } from "../hierarchy/scope.ts";
import { accessKey, nobodysAccess } from "../table/keys.ts";
import type { Update } from "../table/writes.ts";

/** How long it is known who tried to get in. */
export const keptDays = 400;
const minuteMs = 60_000;

/** Somebody who tries to get in, or is let in. */
export interface Access {
  type: AccessEventType;
  /** The customer whose credential it is; null: of nobody who is known. The provider hears of those. */
  customerId: string | null;
  credential: { kind: NonNullable<AccessEvent["credential"]>["kind"]; id: string } | null;
  /** The code of the refusal, or why sessions ended. */
  reason?: string;
  /** How often; once unless it is said. */
  count?: number;
}

/**
 * The write of one line in the log of access, for the transaction of a login or after a refusal. What a credential tries from one place within
 * a minute is one item, whoever writes it. A name that was tried and that nobody has is not kept: people type passwords into the wrong field.
 */
export function accessWrite(
  context: Pick<WorkContext, "now" | "requestId" | "origin">,
  { type, customerId, credential, reason = "", count = 1 }: Access,
): Update {
  const now = context.now();
  const minute = new Date(Math.floor(now / minuteMs) * minuteMs).toISOString();
  const { operation = null, sourceIp = null } = context.origin ?? {};
  // Each reason that ends sessions has a line of its own. Of refusals the last reason will do.
  const what = type === "SessionEnded" ? [type, reason] : [type];
  return {
    kind: "update",
    key: accessKey(customerId ?? nobodysAccess, minute, [...what, credential?.id ?? "-", sourceIp ?? "-"].join("#")),
    set: {
      kind: "access",
      type,
      at: minute,
      lastAt: new Date(now).toISOString(),
      ...(credential && { credential }),
      ...(sourceIp !== null && { sourceIp }),
      ...(operation !== null && { operation }),
      ...(reason !== "" && { reason }),
      requestId: context.requestId,
      expiresAt: Math.ceil((now + keptDays * dayMs) / 1000),
    },
    add: { count },
    when: [],
  };
}

/** Whose a login is, of a user or an account; of one that there is not, nobody's. */
export const loginOf = (
  owner: { id: string; customerId: string } | undefined,
): Pick<Access, "customerId" | "credential"> =>
  owner === undefined
    ? { customerId: null, credential: null }
    : {
        customerId: owner.customerId,
        credential: { kind: owner.id.startsWith("usr_") ? "user" : "account", id: owner.id },
      };

/** Why sessions end before their time. */
export type SessionEnd = "logged_out" | "ended" | "password_changed";

/** The line about sessions that their owner ends, in the transaction that ends them. */
export const sessionEnded = (
  context: Pick<WorkContext, "now" | "requestId" | "origin">,
  owner: { id: string; customerId: string },
  reason: SessionEnd,
): Update => accessWrite(context, { type: "SessionEnded", ...loginOf(owner), reason });

/** The same where somebody else ends them: without the address, since that may be one of a level above whoever reads the line. */
export const sessionEndedByOther = (
  { now, requestId, origin }: Pick<WorkContext, "now" | "requestId" | "origin">,
  owner: { id: string; customerId: string },
  reason: SessionEnd,
): Update => sessionEnded({ now, requestId, ...(origin && { origin: { ...origin, sourceIp: null } }) }, owner, reason);
