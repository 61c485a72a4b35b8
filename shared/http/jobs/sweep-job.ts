import type { SweepTurn } from "../../store/table/sweep.ts";
import { job, type JobDeps } from "./invocation.ts";

/** A schedule's function has five minutes; what a run cannot do by then is the next one's. */
const turnMs = 4 * 60_000;

/** The Lambda handler of a job that sweeps due timers. A timer that cannot be handled is logged, and fails the run once the rest is done. */
export const sweepJob = <T>(id: string, work: (turn: SweepTurn, deps: JobDeps) => Promise<T>) =>
  job(id, (_event, deps) => {
    const { open, clock, now, ids, logger } = deps;
    const turn: SweepTurn = {
      open,
      clock,
      now,
      until: clock() + turnMs,
      random: ids.random,
      report: ({ key, at }, error) =>
        logger.error("timer not handled", {
          job: id,
          ...key,
          at,
          error: error instanceof Error ? error : String(error),
        }),
    };
    return work(turn, deps);
  });
