import { relayedBatch } from "../../shared/http/jobs/invocation.ts";
import { readTask } from "../../shared/store/tasks/records.ts";
import { jobs } from "../jobs.ts";
import { workAtTasks } from "../tasks/working.ts";

/** A consumer has a minute; a task that is not at its end by then goes to the next turn. */
const turnMs = 40_000;

/** Works at the tasks that were just asked for, or handed on by the turn before. One that comes twice is worked at once. */
export const handler = relayedBatch(jobs.runTasks.id, async (changes, deps) => {
  const tasks = changes.flatMap(({ after }) => (after ? [readTask(after)] : []));
  await workAtTasks(deps, tasks, deps.clock() + turnMs);
});
