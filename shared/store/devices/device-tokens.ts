import * as z from "zod";
import { isSecret } from "../access/api-keys.ts";
import type { Database } from "../table/database.ts";
import { pointerKey } from "../table/keys.ts";
import { Pointer } from "../hierarchy/pointers.ts";
import type { Caller } from "../hierarchy/scope.ts";

/** The pointer of a device also holds what its token is checked against, so that one read tells who it is and where it stands. */
const DevicePointer = Pointer.extend({ tokenHash: z.string().optional() });

/** The device that a token belongs to, null where it is unknown or wrong. */
export async function authenticateDevice(
  db: Database,
  { id, secret }: { id: string; secret: string },
): Promise<Caller | null> {
  const item = await db.get(pointerKey(id));
  const pointer = item ? DevicePointer.parse(item) : null;
  const same = isSecret(secret, pointer?.tokenHash);
  if (!pointer || !same) return null;
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
