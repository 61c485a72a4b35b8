import { bringing } from "../../shared/http/bringing.ts";
import { relayedBatch } from "../../shared/http/jobs/invocation.ts";
import { readTask } from "../../shared/store/tasks/records.ts";
import { workAtImport } from "../../shared/store/imports/work.ts";
import { rowChange } from "../imports/row-changes.ts";
import { jobs } from "../jobs.ts";

/** An import that is not at its end by then goes to the next turn. A dry run has no next turn, so it gets most of what a function may take. */
const turnMs = 4 * 60_000;
const dryRunMs = 13 * 60_000;

/** Works at the imports that were just started, or handed on by the turn before. One that comes twice is worked at once. */
export const handler = relayedBatch(jobs.runImports.id, async (changes, deps) => {
  const { open, clock, ids, context, logger } = deps;
  for (const { after } of changes) {
    if (!after) continue;
    const task = readTask(after);
    const turn = {
      open,
      clock,
      until: clock() + (task.parameters["dryRun"] === "true" ? dryRunMs : turnMs),
      random: ids.random,
      context: (view: typeof open) => bringing({ ...context, now: clock }, view),
      change: rowChange,
      report: (_: unknown, row: number, error: unknown) =>
        logger.warn("row of an import not done", {
          id: task.id,
          row,
          error: error instanceof Error ? error : String(error),
        }),
    };
    await deps.alone(() => workAtImport(turn, task), {
      level: "error",
      message: "task stuck",
      about: { id: task.id, type: task.type },
    });
  }
});
