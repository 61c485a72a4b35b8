import { sweepJob } from "../../shared/http/jobs/sweep-job.ts";
import { readTask } from "../../shared/store/tasks/records.ts";
import { wake } from "../../shared/store/tasks/turns.ts";
import { dueTimers } from "../../shared/store/table/sweep.ts";
import { jobs } from "../jobs.ts";
import { goOnWithMoves } from "../moves/going-on.ts";
import { workAtTasks } from "../tasks/working.ts";

/** Works at the tasks that the stream has not brought, or whose worker has died, and goes on with moves of accounts that nobody works at. */
export const handler = sweepJob(jobs.sweepTasks.id, async (turn, deps) => {
  const sum = { ended: 0, more: 0, void: 0 };
  for await (const page of dueTimers(deps.open(), "task", deps.now)) {
    if (deps.clock() >= turn.until) break;
    const items = await deps.open().getAll(page.map(({ key }) => key));
    const tasks = items.flatMap((item) => (item ? [readTask(item)] : []));
    // An import takes longer than this function may.
    const imports = tasks.filter(({ type, endedAt }) => type === "import" && endedAt === null);
    await Promise.all(imports.map((task) => wake({ ...turn, ...deps, random: deps.ids.random }, task)));
    const outcomes = await workAtTasks(deps, tasks, turn.until);
    for (const name of ["ended", "more", "void"] as const) sum[name] += outcomes[name];
  }
  return { ...sum, moves: await goOnWithMoves(turn, deps) };
});
