import pMap from "p-map";
import type { TaskRecord, TaskType } from "../../shared/domain/tasks/task.ts";
import { bringing } from "../../shared/http/bringing.ts";
import type { JobDeps } from "../../shared/http/jobs/invocation.ts";
import { originsOf } from "../../shared/store/life/undo.ts";
import type { Database } from "../../shared/store/table/database.ts";
import type { TaskOutcome } from "../../shared/store/tasks/turns.ts";
import { type RowStep, workAtTask } from "../../shared/store/tasks/work.ts";
import { mergeRow } from "../moves/merge-steps.ts";
import { moveAccountRow, moveCustomerRow, moveDeviceRow } from "../moves/row-steps.ts";
import { undoRow } from "../moves/undo-steps.ts";

/** Tasks that are worked at side by side. */
const sideBySide = 4;

/** What one row of each type of task does (an import is worked at otherwise), and how many rows are worked at side by side. */
const steps: Record<Exclude<TaskType, "import">, { step: RowStep; rowsSideBySide: number }> = {
  move_customers: { step: moveCustomerRow, rowsSideBySide: 8 },
  // Between two customers one account is on its way at a time.
  move_accounts: { step: moveAccountRow, rowsSideBySide: 1 },
  // In their order: limits first, then the accounts, and last what is left.
  merge_customers: { step: mergeRow, rowsSideBySide: 1 },
  undo: { step: undoRow, rowsSideBySide: 1 },
  move_devices: { step: moveDeviceRow, rowsSideBySide: 4 },
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
    context: bringing({ ...context, now: clock }, open),
    begun: async (db: Database, taskId: string) => new Set((await originsOf(db, taskId, clock())).keys()),
    report: ({ id }: TaskRecord, index: number, error: unknown) =>
      logger.warn("row of a task not done", { id, index, error: error instanceof Error ? error : String(error) }),
  };
  await pMap(
    tasks,
    async (task) => {
      const { type } = task;
      if (type === "import") return;
      const outcome = await deps.alone(() => workAtTask({ ...turn, ...steps[type] }, task), {
        level: "error",
        message: "task stuck",
        about: { id: task.id, type },
      });
      if (outcome !== null) outcomes[outcome] += 1;
    },
    { concurrency: sideBySide },
  );
  return outcomes;
}
