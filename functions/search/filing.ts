import type { JobDeps } from "../../shared/http/jobs/invocation.ts";
import { fileOnce, readAhead } from "../../shared/store/search/filing.ts";
import type { Key } from "../../shared/store/table/keys.ts";

/** Things whose reading goes together. */
const atOnce = 25;
const sideBySide = 8;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Each thing that was written is looked at once more, and whoever finds somebody else at work waits. */
const rounds = 10;

/**
 * Files things in the index of words as they are now, and looks again until there is nothing to do.
 * @param strays entries that nobody remembers, by the thing that they name; each of these things is written anew
 * @returns those at which it failed, or that others did not cease to work at
 */
export async function fileThings(
  deps: Pick<JobDeps, "open" | "clock" | "ids" | "each" | "logger">,
  ids: readonly string[],
  strays: ReadonlyMap<string, readonly Key[]> = new Map(),
): Promise<string[]> {
  const { open, clock, ids: source, each, logger } = deps;
  const failed: string[] = [];
  const mistrusted = new Map(strays);
  for (let start = 0; start < ids.length; start += atOnce) {
    let left = ids.slice(start, start + atOnce);
    for (let round = 0; left.length > 0 && round < rounds; round += 1) {
      const db = open();
      await readAhead(db, left);
      const found = await each(
        left,
        async (id) => ({ id, outcome: await fileOnce(db, clock, id, mistrusted.get(id)) }),
        (id) => ({ level: "warn", message: "not filed for search", about: { id } }),
        sideBySide,
      );
      failed.push(...found.failed);
      const again = found.done.filter(({ outcome }) => outcome !== "as it is");
      for (const { id, outcome } of again) if (outcome === "written") mistrusted.delete(id);
      left = again.map(({ id }) => id);
      if (again.some(({ outcome }) => outcome === "busy"))
        await pause(source.random() * Math.min(500, 20 * 2 ** round));
    }
    if (left.length > 0) logger.warn("not filed for search", { ids: left, reason: "busy" });
    failed.push(...left);
  }
  return failed;
}
