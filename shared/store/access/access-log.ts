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
  /** The code of the refusal. */
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
  return {
    kind: "update",
    key: accessKey(customerId ?? nobodysAccess, minute, [type, credential?.id ?? "-", sourceIp ?? "-"].join("#")),
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
