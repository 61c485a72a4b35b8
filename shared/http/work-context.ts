import type { StoragePlan } from "../domain/terms/storage-plan.ts";
import type { Env } from "../runtime/env.ts";
import type { FunctionRuntime } from "../runtime/function-runtime.ts";
import type { Database } from "../store/table/database.ts";
import type { Origin, WorkContext } from "../store/hierarchy/scope.ts";

/** Where the installation keeps data. On one machine all locations are reached at one address. */
const storagePlanOf = ({ STAGE, ACCOUNT_ID, STORAGE_LOCATIONS, S3_ENDPOINT }: Env): StoragePlan => ({
  stage: STAGE,
  account: ACCOUNT_ID,
  locations:
    S3_ENDPOINT === undefined
      ? STORAGE_LOCATIONS
      : Object.fromEntries(
          Object.entries(STORAGE_LOCATIONS).map(([code, location]) => [code, { ...location, endpoint: S3_ENDPOINT }]),
        ),
});

/**
 * What one request or job works with, whoever asks for it. Ids carry the time of `clock`.
 * @param clock milliseconds since the epoch
 */
export const workContext = (
  { env, ids }: FunctionRuntime,
  db: Database,
  requestId: string,
  clock: () => number,
  origin: Origin,
): WorkContext => ({
  db,
  requestId,
  origin,
  now: clock,
  id: (kind) => ids.id(kind, clock()),
  secret: () => ids.secret(),
  random: ids.random,
  sendsMail: env.MAIL_FROM !== "",
  publicUrl: env.PUBLIC_URL,
  storage: storagePlanOf(env),
});
