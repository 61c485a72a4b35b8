import type { FunctionRuntime } from "../runtime/function-runtime.ts";
import type { Database } from "../store/table/database.ts";
import type { WorkContext } from "../store/hierarchy/scope.ts";

/**
 * What one request or job works with, whoever asks for it. Ids carry the time of `clock`.
 * @param clock milliseconds since the epoch
 */
export const workContext = (
  { env, ids }: FunctionRuntime,
  db: Database,
  requestId: string,
  clock: () => number,
): WorkContext => ({
  db,
  requestId,
  now: clock,
  id: (kind) => ids.id(kind, clock()),
  secret: () => ids.secret(),
  random: ids.random,
  sendsMail: env.MAIL_FROM !== "",
  stage: env.STAGE,
});
