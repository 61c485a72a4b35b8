import * as z from "zod";
import { isSecret } from "../access/tokens.ts";
import { Pointer } from "../hierarchy/pointers.ts";
import type { Caller } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import { pointerKey } from "../table/keys.ts";

/** The pointer of a storage server also holds what its token is checked against. */
const ServerPointer = Pointer.extend({ tokenHash: z.string() });

/** The storage server that a token belongs to; null where it is unknown or wrong. */
export async function authenticateServer(
  db: Database,
  { id, secret }: { id: string; secret: string },
): Promise<Caller | null> {
  const item = await db.get(pointerKey(id));
  const pointer = item ? ServerPointer.safeParse(item).data : undefined;
  if (!isSecret(secret, pointer?.tokenHash) || !pointer) return null;
  const { customerId, ancestors } = pointer;
  return { kind: "server", id, role: "viewer", scopeId: customerId, scopeAncestors: ancestors, createdBy: null };
}
