import type { FunctionRuntime } from "../../runtime/function-runtime.ts";
import { metered } from "../../runtime/dynamo.ts";
import { type Access, accessWrite } from "../../store/access/access-log.ts";
import type { Origin } from "../../store/hierarchy/scope.ts";
import { openDatabase } from "../../store/table/database.ts";
import { createMeter } from "../../store/table/units.ts";

/** Lines that a function begins in a minute at most; what more there is makes one line, which the provider sees. */
const linesPerMinute = 100;

/**
 * Decides what is written of many events that are alike: within a minute the first, second, fourth, eighth and so on, each with those that
 * were left out before it. So a flood costs few writes, and its line says at least half of how often it was.
 * @param goesOn false: the first alone
 */
export function createTally(atMost = linesPerMinute, goesOn = true) {
  let current = 0;
  let lines = new Map<string, number>();
  /** @returns how many events the next write stands for; 0: nothing is written. null: there are too many lines already */
  return (line: string, nowMs: number): number | null => {
    const minute = Math.floor(nowMs / 60_000);
    if (minute !== current) [current, lines] = [minute, new Map()];
    const before = lines.get(line);
    if (before === undefined && lines.size >= atMost) return null;
    const count = (before ?? 0) + 1;
    lines.set(line, count);
    if (count > 1 && !goesOn) return 0;
    // A power of two: what has come since the one before, this one included.
    return (count & (count - 1)) === 0 ? count - Math.floor(count / 2) : 0;
  };
}

const tally = createTally();
/** Limits are told of once in a minute: a request that is refused for them costs no more. */
const limits = createTally(linesPerMinute, false);
const overflow = createTally(1);

/**
 * Notes in the log of access what has been refused. Nobody waits for it, and nothing fails by it: the answer must neither be later nor another,
 * and it must not tell by its time whether somebody is known.
 */
export function noteAccess(
  { client, env, clock, logger }: FunctionRuntime,
  request: { requestId: string; origin: Origin },
  access: Access,
): void {
  const now = clock();
  const line = [access.type, access.customerId, access.credential?.id, request.origin.sourceIp].join(" ");
  let counted = (access.type === "RateLimited" ? limits : tally)(line, now);
  let told = access;
  if (counted === null) {
    counted = overflow("", now) ?? 0;
    told = { type: access.type, customerId: null, credential: null, reason: "too_many" };
  }
  if (counted === 0) return;
  const write = accessWrite({ now: () => now, ...request }, { ...told, count: counted });
  const meter = createMeter();
  metered(meter, () => openDatabase(client, env.TABLE_NAME, meter).update(write)).catch((error: unknown) => {
    logger.warn("access not noted", { type: access.type, error: error instanceof Error ? error : String(error) });
  });
}
