import { afterAll, beforeAll, expect, test } from "vitest";
import { jobs } from "../../../functions/jobs.ts";
import { matchesAny } from "../../../shared/http/jobs/filter.ts";
import { openTableStream, type TableRecord } from "../../fleet/table-stream.ts";
import { dump } from "../../model/invariants.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";
import { endTasks } from "../stages/tasks.ts";

type Body = Awaited<ReturnType<Fleet["get"]>>;
let fleet: Fleet;
let stream: Awaited<ReturnType<typeof openTableStream>>;
beforeAll(async () => {
  fleet = await openFleet();
  stream = await openTableStream(fleet.table);
});
afterAll(() => stream.close());

let sellers = 0;
const reseller = (): Promise<Body> =>
  fleet.create(fleet.provider.id, { level: "reseller", email: `seller-${(sellers += 1)}@example.com` });
const move = (id: string, parentId: string) => fleet.ok("moveCustomer", { params: { id }, body: { parentId } });
const news = (records: readonly TableRecord[]): TableRecord[] =>
  records.filter((record) => matchesAny(jobs.noteMoves.filters, record));
const note = (records: readonly TableRecord[]): Promise<unknown> =>
  fleet.invoke("functions/stream/note-moves.ts", { Records: structuredClone(news(records)) });
const sweep = (): Promise<unknown> => fleet.invoke("functions/schedule/sweep-reports.ts", {});
/** What the mails tell that have been queued for somebody, the first one first. */
const mailsTo = async ({ email }: Body): Promise<Body[]> =>
  ((await dump(fleet.table)) as Body[])
    .filter(({ kind, matter, to }) => kind === "mail" && matter.template === "customers-moved" && to.address === email)
    .toSorted((one, other) => String(one.id).localeCompare(String(other.id)))
    .map(({ matter }) => matter);

test("both sellers hear of a move once, in one mail with what else was moved in the same minutes", async () => {
  const [from, to] = [await reseller(), await reseller()];
  const [one, two, back] = [await fleet.create(from.id), await fleet.create(from.id), await fleet.create(to.id)];
  await move(one.id, to.id);
  await move(back.id, from.id);
  const records = await stream.next();
  await note(records);
  await move(two.id, to.id);
  await note(await stream.next());
  // The stream may bring all of it once more.
  await note(records);
  await sweep();
  expect(await mailsTo(from)).toEqual([]);
  fleet.advance(11 * 60_000);
  await sweep();
  await note(records);
  fleet.advance(11 * 60_000);
  await sweep();
  expect(await mailsTo(from)).toMatchObject([
    { recipient: from.name, customer: from.name, arrived: [back.name], left: [one.name, two.name], more: 0 },
  ]);
  expect(await mailsTo(to)).toMatchObject([{ arrived: [one.name, two.name], left: [back.name] }]);
  // A later one is told by itself.
  await move(one.id, from.id);
  await note(await stream.next());
  fleet.advance(11 * 60_000);
  await sweep();
  expect((await mailsTo(from))[1]).toMatchObject({ arrived: [one.name], left: [] });
});

test("sellers hear of many that a task has moved in one mail", async () => {
  const [from, to] = [await reseller(), await reseller()];
  const ids: string[] = [];
  for (let nth = 0; nth < 45; nth += 1) ids.push((await fleet.create(from.id)).id);
  await stream.next();
  await fleet.ok("moveCustomers", { body: { ids, parentId: to.id } });
  const records: TableRecord[] = [];
  await endTasks(fleet, {
    next: async () => {
      const more = await stream.next();
      records.push(...more);
      return more;
    },
  });
  for (let start = 0; start < records.length; start += 100) await note(records.slice(start, start + 100));
  fleet.advance(11 * 60_000);
  await sweep();
  const [mail, ...others] = await mailsTo(to);
  expect(others).toEqual([]);
  expect([mail?.arrived.length, mail?.more]).toEqual([40, 5]);
});

test("a move that is noted while the mail before it is made is told with the next", async () => {
  const [from, to] = [await reseller(), await reseller()];
  const [one, two] = [await fleet.create(from.id), await fleet.create(from.id)];
  await move(one.id, to.id);
  await note(await stream.next());
  await move(two.id, to.id);
  const late = await stream.next();
  fleet.advance(11 * 60_000);
  // Comes between what the sweep reads and what it writes, for each of the two sellers.
  let noted: Promise<unknown> | null = null;
  fleet.runtime.client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args);
      const isRead = context["commandName"] === "QueryCommand" && JSON.stringify(args.input).includes("move-news#");
      if (isRead) await (noted ??= note(late));
      return answer;
    },
    { step: "initialize", name: "between" },
  );
  await sweep().finally(() => fleet.runtime.client.middlewareStack.remove("between"));
  expect(noted).not.toBeNull();
  fleet.advance(11 * 60_000);
  await sweep();
  for (const seller of [from, to]) {
    const told = (await mailsTo(seller)).flatMap(({ arrived, left }) => [...arrived, ...left]);
    expect(told.toSorted()).toEqual([one.name, two.name].toSorted());
  }
});

test("nobody hears of a move within one seller's customers, and none who wants no such mails", async () => {
  const [from, to] = [await reseller(), await reseller()];
  const [one, other] = [await fleet.create(from.id), await fleet.create(from.id)];
  const site = await fleet.create(one.id);
  await stream.next();
  await move(site.id, other.id);
  expect(news(await stream.next())).toEqual([]);
  await fleet.ok("updateSettings", { params: { id: from.id }, body: { alerts: { moves: "off" } } });
  await move(one.id, to.id);
  await note(await stream.next());
  fleet.advance(11 * 60_000);
  await sweep();
  expect([await mailsTo(from), (await mailsTo(to)).length]).toEqual([[], 1]);
});

test("the sellers of a reseller that is moved are the levels above it", async () => {
  const [west, east] = [
    await fleet.create(fleet.provider.id, { level: "distributor", email: "west@example.com" }),
    await fleet.create(fleet.provider.id, { level: "distributor", email: "east@example.com" }),
  ];
  const moved = await fleet.create(west.id, { level: "reseller", email: "moved@example.com" });
  await move(moved.id, east.id);
  await note(await stream.next());
  fleet.advance(11 * 60_000);
  await sweep();
  expect(await mailsTo(west)).toMatchObject([{ left: [moved.name] }]);
  expect(await mailsTo(east)).toMatchObject([{ arrived: [moved.name] }]);
  expect(await mailsTo(moved)).toEqual([]);
});
