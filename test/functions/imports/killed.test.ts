import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openTableStream } from "../../fleet/table-stream.ts";
import { complaints, dump } from "../../model/invariants.ts";
import { shortenWaits } from "../../support/short-waits.ts";
import { randomFrom } from "../../support/random.ts";
import { sized } from "../../support/size.ts";
import { allPages } from "../stages/book.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";
import { endImports, importWakes } from "../stages/tasks.ts";

type Body = Awaited<ReturnType<Fleet["get"]>>;

const rowCount = sized(500, 20_000);
const kills = sized(2, 10);

let fleet: Fleet;
let stream: Awaited<ReturnType<typeof openTableStream>>;
/** Calls that the worker may still make before it dies; the last of them takes effect or not. */
let left = Infinity;
let lastTakesEffect = false;
beforeAll(async () => {
  fleet = await openFleet();
  stream = await openTableStream(fleet.table);
  fleet.runtime.client.middlewareStack.add(
    (next) => async (args) => {
      left -= 1;
      if (left > 0) return next(args);
      if (left === 0 && lastTakesEffect) await next(args);
      throw new Error("killed");
    },
    { step: "finalizeRequest", priority: "low", name: "killed" },
  );
  shortenWaits(2);
  for (const level of ["error", "warn"] as const)
    vi.spyOn(fleet.runtime.logger, level).mockImplementation((() => undefined) as never);
});
afterAll(() => stream.close());

/** Rows of every kind, three in a hundred of which are broken in one way or another. */
function fileOf(tag: string): { text: string; broken: Set<number> } {
  const lines = [
    "kind,externalRef,parent,name,email,country,level,space,username,password,plan,machineId,deviceKind,os",
  ];
  const broken = new Set<number>();
  const put = (line: string): number => lines.push(line);
  const email = "office@example.com";
  for (let nth = 0; lines.length <= rowCount || nth % 20 > 0; nth += 1) {
    const mark = `${tag}-${nth}`;
    switch (nth % 20) {
      case 0:
        put(`customer,R${mark},,Seller ${mark},${email},DE,reseller,,,,,,,`);
        break;
      case 1:
      case 2:
        put(`account,A${mark},C${tag}-${nth + 3},Ann,${email},,,,login.${mark},nobody guesses this one,select,,,`);
        break;
      case 3:
        put(`device,D${mark},A${tag}-${nth - 1},PC,,,,,,,,machine-${mark},laptop,Linux`);
        break;
      case 7:
        put(`customer,C${mark},R${tag}-${nth - 7},Customer ${mark},${email},DE,end-customer,1 GB,,,,,,`);
        break;
      default:
        put(`customer,C${mark},R${tag}-${nth - (nth % 20)},Customer ${mark},${email},DE,end-customer,,,,,,,`);
    }
    if (nth % 33 === 11) {
      const wrong = [
        `customer,X${mark},,Customer ${mark},${email},Nowhere,,,,,,,,`,
        `customer,X${mark},nobody,Lost ${mark},${email},DE,,,,,,,,`,
        `customer,C${tag}-4,R${tag}-0,Twice ${mark},${email},DE,,,,,,,,`,
        `device,X${mark},A${tag}-1,PC,,,,,,,,machine-${mark},toaster,Linux`,
      ];
      broken.add(put(String(wrong[broken.size % wrong.length])));
    }
  }
  return { text: lines.join("\n"), broken };
}

const rowsOf = async (id: string): Promise<Body[]> =>
  (await allPages(fleet, "listImportRows", { params: { id }, query: { limit: "200" } })).items;

test(
  `${rowCount} rows with broken ones among them: the dry run tells what the run does, and each good row is made once, however often the worker dies`,
  { timeout: sized(240_000, 3_600_000) },
  async () => {
    const { id: customerId } = await fleet.create(fleet.provider.id, { level: "distributor" });
    const { text, broken } = fileOf("K");
    const random = randomFrom(Number(process.env["IMPORT_SEED"] ?? 20_261_130));
    const dry = await fleet.ok("createImport", { query: { customerId, dryRun: "true" }, body: text });
    await endImports(fleet, stream);
    const foreseen = await rowsOf(dry.id);
    expect((await allPages(fleet, "listCustomers", { query: { parentId: customerId } })).items).toEqual([]);

    const { id } = await fleet.ok("createImport", { query: { customerId }, body: text });
    let records = importWakes(await stream.next());
    expect(records).toHaveLength(1);
    for (let kill = 0; kill < kills; kill += 1) {
      left = 20 + Math.floor(random() * (rowCount / kills) * 0.8);
      lastTakesEffect = random() < 0.5;
      await fleet
        .invoke("functions/stream/run-imports.ts", { Records: structuredClone(records) })
        .catch(() => undefined);
      expect(left).toBeLessThanOrEqual(0);
      left = Infinity;
      // Nobody hears of the worker any more, so the sweep hands the import to the stream again.
      fleet.advance(2 * 60_000);
      await fleet.invoke("functions/schedule/sweep-tasks.ts", {});
      records = importWakes(await stream.next()).slice(-1);
    }
    for (; records.length > 0; records = importWakes(await stream.next()))
      await fleet.invoke("functions/stream/run-imports.ts", { Records: structuredClone(records.slice(-1)) });

    const done = await fleet.ok("getImport", { params: { id } });
    const rows = await rowsOf(id);
    expect(rows.map(({ line }) => line)).toEqual(rows.map((_, nth) => nth + 2));
    const told = (row: Body): unknown => ({ ...row, id: null });
    expect(rows.map(told)).toEqual(foreseen.map(told));
    expect(rows.filter(({ status }) => status !== "created").map(({ line }) => line)).toEqual([...broken]);
    expect(done).toMatchObject({
      status: "failed",
      progress: { done: rows.length, failed: broken.size, total: rows.length },
      counts: { created: rows.length - broken.size, updated: 0, unchanged: 0, failed: broken.size },
    });
    const items = await dump(fleet.table);
    const entries = items.filter(({ kind }) => kind === "log");
    const made = new Map<string, number>();
    // Copies in the logs of other levels have no node.
    for (const { nodePk } of entries)
      if (nodePk !== undefined) made.set(String(nodePk), (made.get(String(nodePk)) ?? 0) + 1);
    for (const row of rows) if (row.status === "created") expect([row.line, made.get(row.id)]).toEqual([row.line, 1]);
    expect(complaints(items, { whole: true, moves: true, services: false })).toEqual([]);
  },
);
