import { expect } from "vitest";
import { openTableStream, type TableRecord } from "../../fleet/table-stream.ts";
import { dump } from "../../model/invariants.ts";
import { searchComplaints } from "../../model/search-oracle.ts";
import type { CallOptions, Reply } from "../../support/api.ts";
import { type Fleet, openFleet } from "./fleet.ts";
import { logsOf } from "./hooks.ts";
import { wakes, workAt } from "./tasks.ts";

type Body = Reply["body"];

/** A fleet in which things are looked for. */
export interface Finding extends Fleet {
  /** The records of the stream that came since the last call; the log entries among them are kept. */
  next: () => Promise<TableRecord[]>;
  /** The log entries that the stream has brought since the last call. */
  entries: () => Promise<TableRecord[]>;
  /** Hands log entries to the consumer that files them. */
  file: (records: readonly TableRecord[]) => Promise<unknown>;
  /** Files all that was changed until now. */
  filed: () => Promise<void>;
  /** One run of the schedule that goes on with what is about many things. */
  sweep: () => Promise<unknown>;
  /** What is wrong with the index of words. */
  amiss: () => Promise<string[]>;
  /** What a text finds, all pages of it. */
  find: (q: string, query?: Record<string, string>, options?: CallOptions) => Promise<Body[]>;
  /** The ids alone. */
  ids: (q: string, query?: Record<string, string>, options?: CallOptions) => Promise<string[]>;
  /** Lets a task run to its end. @returns it */
  ended: (reply: Reply) => Promise<Body>;
  close: () => void;
}

/** Opens the stage. One per test file. */
export async function openFinding(): Promise<Finding> {
  const fleet = await openFleet({ rateLimit: 1_000_000 });
  const stream = await openTableStream(fleet.table);
  // What was there before the stream began.
  await fleet.invoke("functions/setup/rebuild-search.ts", {});
  let told: TableRecord[] = [];
  const next = async (): Promise<TableRecord[]> => {
    const records = await stream.next();
    told.push(...logsOf(records));
    return records;
  };
  const stage: Finding = Object.assign(fleet, {
    next,
    async entries() {
      await next();
      const entries = told;
      told = [];
      return entries;
    },
    async file(records: readonly TableRecord[]) {
      for (let start = 0; start < records.length; start += 100)
        await fleet.invoke("functions/stream/file-log-entries.ts", {
          Records: structuredClone(records.slice(start, start + 100)),
        });
    },
    async filed() {
      await stage.file(await stage.entries());
    },
    sweep: () => fleet.invoke("functions/schedule/sweep-search.ts", {}),
    amiss: async () => searchComplaints(await dump(fleet.table)),
    async find(q: string, query: Record<string, string> = {}, options?: CallOptions) {
      const items: Body[] = [];
      for (let cursor: string | null = ""; cursor !== null;) {
        const page: Body = await fleet.ok(
          "search",
          { query: { q, ...query, ...(cursor !== "" && { cursor }) } },
          options,
        );
        items.push(...page.items);
        cursor = page.nextCursor;
      }
      return items;
    },
    ids: async (q: string, query?: Record<string, string>, options?: CallOptions) =>
      (await stage.find(q, query, options)).map(({ id }) => id),
    async ended(reply: Reply) {
      expect([reply.status, reply.body.code, reply.body.errors]).toEqual([202, undefined, undefined]);
      for (let records = await next(); wakes(records).length > 0; records = await next()) await workAt(fleet, records);
      return fleet.ok("getTask", { params: { id: reply.body.task?.id ?? reply.body.id } });
    },
    close: () => stream.close(),
  });
  return stage;
}
