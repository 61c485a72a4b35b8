import { Origin } from "../../domain/life/undo.ts";
import { dayMs } from "../../domain/terms/trial.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import type { Database } from "../table/database.ts";
import { taskPartition, undoKey, undoPrefix } from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import type { Put } from "../table/writes.ts";

/** So long a task can be undone. */
const undoneWithinDays = 30;

/** The write that remembers where something was, beside the writes that move it. */
export function rememberOrigin(taskId: string, about: string, origin: Origin, nowMs: number): Put {
  const key = undoKey(taskId, about);
  const expiresAt = Math.ceil((nowMs + undoneWithinDays * dayMs) / 1000);
  return {
    kind: "put",
    key,
    item: { kind: "undo", about, origin: JSON.stringify(origin), ...key, expiresAt },
    when: [],
  };
}

const originIn = (item: Item): Origin => Origin.parse(JSON.parse(String(item["origin"])));

/** Where something was before a task moved it; null: that is not known, or too long ago. */
export async function originOf(db: Database, taskId: string, about: string, nowMs: number): Promise<Origin | null> {
  const item = await db.get(undoKey(taskId, about));
  return item && Number(item["expiresAt"]) * 1000 > nowMs ? originIn(item) : null;
}

/** Where all that a task has moved was before. */
export async function originsOf(db: Database, taskId: string, nowMs: number): Promise<Map<string, Origin>> {
  const found = new Map<string, Origin>();
  let after: string | undefined;
  do {
    const page = await db.query({ pk: taskPartition(taskId), prefix: undoPrefix, after, limit: 500 });
    for (const item of page.items)
      if (Number(item["expiresAt"]) * 1000 > nowMs) found.set(String(item["about"]), originIn(item));
    after = page.last?.sk;
  } while (after !== undefined);
  return found;
}

/** What tasks have moved. Whoever asks must have loaded the task. */
export const undoStore = ({ db, now }: StoreContext) => ({
  origins: (taskId: string): Promise<Map<string, Origin>> => originsOf(db, taskId, now()),
});
