import type { JobDeps } from "../../shared/http/jobs/invocation.ts";
import { appendEvents } from "../../shared/store/events/feed.ts";
import { wakeLanes } from "../../shared/store/events/lanes.ts";
import { handlersOf, queueDelivery } from "../../shared/store/events/queueing.ts";
import { fileWords } from "../search/words.ts";
import { fileCopies, type LogItem, settleEntry } from "../../shared/store/access/log-items.ts";

const sideBySide = 8;
const timeOf = ({ entry }: LogItem): string => entry.id;

/**
 * Files the copies of log entries, numbers them among the events of each customer of their chain, makes the deliveries to the event handlers that hear of them, wakes these, files for search what the entries are about, and takes their timers away: in this
 * order, so that whoever dies in between leaves a timer, and all of it is done again to the same end. An entry at which something fails keeps its
 * timer and holds up no other.
 */
export async function fileEntries(
  deps: JobDeps,
  entries: readonly LogItem[],
): Promise<{ filed: number; left: number }> {
  const { open, clock, ids, each } = deps;
  const failing =
    (message: string) =>
    ({ pk, sk }: LogItem) => ({ level: "warn" as const, message, about: { pk, sk } });
  const copied = await each(
    entries,
    async (item) => {
      await fileCopies(open(), item);
      return item;
    },
    failing("log copies not filed"),
    sideBySide,
  );
  // In the order in which they happened, as far as they come together: so they are numbered.
  const inOrder = copied.done.toSorted((one, other) => (timeOf(one) < timeOf(other) ? -1 : 1));
  const homes = Map.groupBy(
    inOrder.flatMap((item) => item.chain.map((home) => ({ home, item }))),
    ({ home }) => home,
  );
  const numbered = await each(
    [...homes],
    ([home, of]) =>
      appendEvents(
        open,
        ids.random,
        home,
        of.map(({ item }) => item),
        clock(),
      ),
    ([home]) => ({ level: "warn", message: "events not numbered", about: { home } }),
    sideBySide,
  );
  const unnumbered = new Set(numbered.failed.map(([home]) => home));
  const db = open();
  const woken = new Set<string>();
  const queued = await each(
    inOrder,
    async (item) => {
      const handlers = await handlersOf(db, item);
      await Promise.all(
        handlers.map(async (handler) => {
          await queueDelivery(open, ids.random, handler, item, clock());
          woken.add(handler.id);
        }),
      );
      return item;
    },
    failing("event not queued"),
  );
  await wakeLanes(open(), woken, clock());
  const findable = await fileWords(deps, queued.done);
  const { done } = await each(
    findable.filter(({ chain }) => !chain.some((home) => unnumbered.has(home))),
    (item) => settleEntry(open(), item),
    failing("log entry not settled"),
    sideBySide,
  );
  return { filed: done.length, left: entries.length - done.length };
}
