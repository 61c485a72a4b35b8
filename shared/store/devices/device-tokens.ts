import * as z from "zod";
import { Superseded } from "../../domain/devices/superseded.ts";
import { isSecret } from "../access/tokens.ts";
import type { Database } from "../table/database.ts";
import { pointerKey } from "../table/keys.ts";
import { Pointer } from "../hierarchy/pointers.ts";
import type { Caller } from "../hierarchy/scope.ts";

/** The pointer of a device also holds what its token is checked against, so that one read tells who it is and where it stands. */
export const DevicePointer = Pointer.extend({
  tokenHash: z.string().optional(),
  superseded: z.array(Superseded).default([]),
});
export type DevicePointer = z.infer<typeof DevicePointer>;

/** A token that a device had once. */
export interface SupersededToken {
  kind: "superseded";
  deviceId: string;
  pointer: DevicePointer;
  token: Superseded;
}

/** The device that a token belongs to, or belonged to before it was superseded; null where it is unknown or wrong. */
export async function authenticateDevice(
  db: Database,
  { id, secret }: { id: string; secret: string },
): Promise<Caller | SupersededToken | null> {
  const item = await db.get(pointerKey(id));
  const pointer = item ? DevicePointer.safeParse(item).data : undefined;
  const same = isSecret(secret, pointer?.tokenHash);
  if (!pointer) return null;
  if (!same) {
    const token = pointer.superseded.find(({ hash }) => isSecret(secret, hash));
    // Its computer has become a device of its own since, and keeps the token that it has.
    if (token?.movedTo !== undefined) return authenticateDevice(db, { id: token.movedTo, secret });
    return token ? { kind: "superseded", deviceId: id, pointer, token } : null;
  }
  const { customerId, ancestors, accountId, parentAccountId } = pointer;
  return {
    kind: "device",
    id,
    role: "viewer",
    scopeId: customerId,
    scopeAncestors: ancestors,
    createdBy: null,
    device: { accountId, parentAccountId },
  };
}
