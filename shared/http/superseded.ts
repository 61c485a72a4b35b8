import { credentialSuperseded } from "../domain/devices/superseded.ts";
import type { DomainError } from "../domain/terms/errors.ts";
import type { FunctionRuntime } from "../runtime/function-runtime.ts";
import type { SupersededToken } from "../store/devices/device-tokens.ts";
import { noteConflict } from "../store/devices/identities.ts";
import type { Origin } from "../store/hierarchy/scope.ts";
import type { Database } from "../store/table/database.ts";
import { persist } from "../store/table/persist.ts";
import { unauthenticated } from "./credential.ts";
import { workContext } from "./work-context.ts";

/**
 * The answer to a token that another computer has superseded. The first call with it is noted at the device, so that somebody looks at
 * it; a device that is gone tells no more than any wrong token.
 */
export async function refuseSuperseded(
  runtime: FunctionRuntime,
  open: () => Database,
  requestId: string,
  origin: Origin,
  found: SupersededToken,
): Promise<DomainError> {
  const there = await persist(runtime.ids.random, () => {
    const db = open();
    return noteConflict(db, { ...workContext(runtime, db, requestId, runtime.clock, origin), caller: null }, found);
  });
  return there ? credentialSuperseded(found.token) : unauthenticated();
}
