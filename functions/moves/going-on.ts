import type { JobDeps } from "../../shared/http/jobs/invocation.ts";
import { goOn, transitOfLead } from "../../shared/store/life/transits.ts";
import { dueTimers, type SweepTurn } from "../../shared/store/table/sweep.ts";

/** Goes on with moves of accounts whose worker has died, each until all has arrived. @returns how many have come to their end */
export async function goOnWithMoves({ until, now }: SweepTurn, deps: JobDeps): Promise<number> {
  const { open, clock, ids, context, each } = deps;
  const turn = { open, clock, until, random: ids.random, context: { ...context, now: clock } };
  let ended = 0;
  for await (const page of dueTimers(open(), "account-move", now)) {
    if (clock() >= until) break;
    const { done } = await each(
      page,
      async ({ ownerPk }) => {
        const transit = await transitOfLead(turn, ownerPk);
        return transit !== null && (await goOn(turn, transit));
      },
      // The operator's alarm listens for this line.
      ({ key, at }) => ({ level: "error", message: "task stuck", about: { ...key, at } }),
    );
    ended += done.filter(Boolean).length;
  }
  return ended;
}
