import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTableStream } from "../../fleet/table-stream.ts";
import { sized } from "../../support/size.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";
import { endImports } from "../stages/tasks.ts";

const rowCount = sized(300, 10_000);

let fleet: Fleet;
let stream: Awaited<ReturnType<typeof openTableStream>>;
/** Hears of each call to the table. */
let called: (() => void) | null = null;
beforeAll(async () => {
  fleet = await openFleet();
  stream = await openTableStream(fleet.table);
  fleet.runtime.client.middlewareStack.add(
    (next) => (args) => {
      called?.();
      return next(args);
    },
    { step: "finalizeRequest", priority: "low", name: "called" },
  );
});
afterAll(() => stream.close());

/** A file of customers, each with notes of 200 letters. */
const fileOf = (tag: string, rows: number): string =>
  [
    "externalRef,name,email,country,notes",
    ...Array.from(
      { length: rows },
      (_, nth) => `${tag}-${nth},Customer ${tag} ${nth},office@example.com,DE,"${"Call. ".repeat(33)}"`,
    ),
  ].join("\n");

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;
const heapMb = (): number => {
  gc();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

/** Calls between two looks at the heap: few enough that the smallest import has several. */
const sampled = sized(10, 100);
/** Bytes that a row may take in memory: its place in the plan, and its reference and name for rows that stand below it. */
const bytesPerRow = 1_000;
test(
  "memory does not grow with what the rows say, but for the plan of their places",
  { timeout: sized(120_000, 1_800_000) },
  async () => {
    const { id } = await fleet.create(fleet.provider.id, { level: "reseller" });
    const peakOf = async (rows: number): Promise<number> => {
      const file = fileOf(`M${rows}`, rows);
      const { id: importId } = await fleet.ok("createImport", { query: { customerId: id }, body: file });
      // From here on: the request, and whoever sends it, hold the file several times over.
      let [calls, peak] = [0, 0];
      called = () => {
        if ((calls += 1) % sampled === 0) peak = Math.max(peak, heapMb());
      };
      await endImports(fleet, stream);
      expect((await fleet.ok("getImport", { params: { id: importId } })).counts.created).toBe(rows);
      called = null;
      process.stdout.write(`${rows} rows: peak ${peak.toFixed(1)} MB, at rest afterwards ${heapMb().toFixed(1)} MB\n`);
      return peak;
    };
    const [few, many] = [rowCount / 10, rowCount];
    await peakOf(few);
    const [less, more] = [await peakOf(few + 1), await peakOf(many)];
    process.stdout.write(
      `peak of the heap: ${less.toFixed(1)} MB with ${few + 1} rows, ${more.toFixed(1)} MB with ${many}\n`,
    );
    expect(less).toBeGreaterThan(0);
    expect(more - less).toBeLessThan(4 + (many * bytesPerRow) / 2 ** 20);
  },
);
