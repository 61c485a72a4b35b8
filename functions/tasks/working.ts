import pMap from "p-map";
import { standsThere } from "../../shared/domain/life/customer-move.ts";
import type { TaskRecord, TaskType } from "../../shared/domain/tasks/task.ts";
import type { JobDeps } from "../../shared/http/jobs/invocation.ts";
import { moveStore } from "../../shared/store/life/moves.ts";
import { type RowStep, type TaskOutcome, workAtTask } from "../../shared/store/tasks/work.ts";
import { workOut } from "../moves/moving.ts";

/** Tasks that are worked at side by side. */
const sideBySide = 4;

/** What one row of each type of task does. */
const steps: Record<TaskType, RowStep> = {
  move_customers: async (context, id, { parameters }) => {
    const moves = moveStore(context);
    const found = await moves.load(id, String(parameters["parentId"]));
    return standsThere(found) ? [] : (await workOut(moves, found, false)).writes;
  },
};

/** Works for a turn at each of several tasks. One that fails is logged, is due again by its timer, and holds up no other. */
export async function workAtTasks(
  deps: JobDeps,
  tasks: readonly TaskRecord[],
  until: number,
): Promise<Record<TaskOutcome, number>> {
  const { open, clock, ids, context, logger } = deps;
  const outcomes: Record<TaskOutcome, number> = { ended: 0, more: 0, void: 0 };
  const turn = {
    open,
    clock,
    until,
    random: ids.random,
    context: { ...context, now: clock },
    report: ({ id }: TaskRecord, index: number, error: unknown) =>
      logger.warn("row of a task not done", { id, index, error: error instanceof Error ? error : String(error) }),
  };
  await pMap(
    tasks,
    async (task) => {
      const outcome = await deps.alone(() => workAtTask(turn, task, steps[task.type]), {
        level: "error",
        message: "task stuck",
        about: { id: task.id, type: task.type },
      });
      if (outcome !== null) outcomes[outcome] += 1;
    },
    { concurrency: sideBySide },
  );
  return outcomes;
}
