import { beforeAll, describe, expect, test } from "vitest";
import type { Reply } from "../../support/api.ts";
import { type Book, expectRefusal, openBook } from "../stages/book.ts";

type Body = Reply["body"];

let book: Book;
let resellerId: string;
beforeAll(async () => {
  book = await openBook();
  ({ id: resellerId } = await book.create(book.provider.id, { level: "reseller", timezone: "Europe/Berlin" }));
});

const input = (more: object = {}): Body => ({
  customerId: resellerId,
  kind: "watchlist",
  frequency: "daily",
  hour: 6,
  recipients: [{ email: "ann@example.com", name: "Ann" }],
  ...more,
});
const create = (more: object = {}): Promise<Body> => book.ok("createReportSubscription", { body: input(more) });
const refusedFields = async (more: object): Promise<string[]> => {
  const reply = await book.call("createReportSubscription", { body: input(more) });
  expectRefusal(reply, 422, "invalid_subscription");
  return reply.body.errors.map(({ path }: Body) => path);
};
const patch = (id: string, body: object): Promise<Reply> =>
  book.call("updateReportSubscription", { params: { id }, body });
const timerOf = async (id: string): Promise<string | undefined> => {
  const { documents, tableName } = book.table;
  const { GetCommand } = await import("@aws-sdk/lib-dynamodb");
  const Key = { pk: `ID#${id}`, sk: "timer#report" };
  return (await documents.send(new GetCommand({ TableName: tableName, Key }))).Item?.["at"] as string | undefined;
};

describe("a subscription", () => {
  test("takes the zone of its customer, and is due at the next time of its schedule", async () => {
    const made = await create({ minute: 30, recipients: [{ email: "Büro@example.com".replace("ü", "u") }] });
    expect(made).toMatchObject({
      version: 1,
      customerId: resellerId,
      kind: "watchlist",
      weekday: null,
      day: null,
      hour: 6,
      minute: 30,
      timezone: "Europe/Berlin",
      recipients: [{ email: "Buro@example.com", name: null, state: "active", since: null }],
      locale: null,
      attachCsv: false,
      active: true,
    });
    const wall = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Berlin", timeStyle: "short" });
    expect(wall.format(new Date(made.nextRunAt))).toBe("06:30");
    expect(await timerOf(made.id)).toBe(made.nextRunAt);
    expect(await book.ok("getReportSubscription", { params: { id: made.id } })).toEqual(made);
    expect(JSON.stringify(made)).not.toMatch(/token/i);
  });

  test("that is not possible is refused with each field that is wrong, and writes nothing", async () => {
    expect(await refusedFields({ timezone: "Europe/Bonn" })).toEqual(["timezone"]);
    expect(await refusedFields({ hour: 24 })).toEqual(["hour"]);
    expect(await refusedFields({ hour: 6.5, minute: -1 })).toEqual(["hour", "minute"]);
    expect(await refusedFields({ frequency: "monthly", day: 1, weekday: 1 })).toEqual(["weekday"]);
    expect(await refusedFields({ frequency: "monthly", day: 32 })).toEqual(["day"]);
    expect(await refusedFields({ frequency: "weekly", weekday: 0 })).toEqual(["weekday"]);
    expect(await refusedFields({ frequency: "weekly" })).toEqual(["weekday"]);
    expect(await refusedFields({ day: 5 })).toEqual(["day"]);
    expect(await refusedFields({ recipients: [{ email: "ann@" }, { email: "ann" }] })).toEqual([
      "recipients.0.email",
      "recipients.1.email",
    ]);
    expect(await refusedFields({ recipients: [] })).toEqual(["recipients"]);
    const many = Array.from({ length: 51 }, (_, nth) => ({ email: `a${nth}@example.com` }));
    expect(await refusedFields({ recipients: many })).toEqual(["recipients"]);
    expect((await create({ recipients: many.slice(1) })).recipients).toHaveLength(50);
    expect(await refusedFields({ recipients: [{ email: "a@example.com" }, { email: "A@EXAMPLE.com" }] })).toEqual([
      "recipients.1.email",
    ]);
    expect(await refusedFields({ jobTypes: ["backup"] })).toEqual(["jobTypes"]);
    expect(await refusedFields({ kind: "activity", jobTypes: [] })).toEqual(["jobTypes"]);
  });

  test("is listed for its customer, oldest first, and for no other", async () => {
    const { id } = await book.create(resellerId);
    const made = [await create({ customerId: id }), await create({ customerId: id, kind: "event-log" })];
    const page = await book.ok("listReportSubscriptions", { query: { customerId: id, limit: "1" } });
    const next = await book.ok("listReportSubscriptions", {
      query: { customerId: id, limit: "1", cursor: page.nextCursor },
    });
    expect([...page.items, ...next.items]).toEqual(made);
    expect(next.nextCursor).toBeNull();
  });

  test("is one of a hundred of its customer at most", async () => {
    const { id } = await book.create(resellerId);
    for (let nth = 0; nth < 100; nth += 1) await create({ customerId: id });
    expectRefusal(await book.call("createReportSubscription", { body: input({ customerId: id }) }), 409, "too_many");
  });

  test("that is deleted has no timer, and is not found", async () => {
    const { id } = await create();
    await book.ok("deleteReportSubscription", { params: { id } });
    expect(await timerOf(id)).toBeUndefined();
    expectRefusal(await book.call("getReportSubscription", { params: { id } }), 404, "not_found");
  });

  test("goes with its customer when that is purged", async () => {
    const customer = await book.create(resellerId);
    const { id } = await create({ customerId: customer.id });
    await book.remove(customer);
    book.advance(40 * 86_400_000);
    await book.invoke("functions/schedule/sweep-purges.ts", {});
    expect(await timerOf(id)).toBeUndefined();
    expectRefusal(await book.call("getReportSubscription", { params: { id } }), 404, "not_found");
  });
});

describe("a change", () => {
  test("of the frequency drops what belonged to the old one, and moves the next report", async () => {
    const made = await create({ frequency: "weekly", weekday: 3 });
    const { body } = await patch(made.id, { frequency: "monthly", day: 31 });
    expect(body).toMatchObject({ frequency: "monthly", weekday: null, day: 31, version: 2 });
    expect(await timerOf(made.id)).toBe(body.nextRunAt);
    expectRefusal(await patch(made.id, { frequency: "weekly" }), 422, "invalid_subscription");
    expectRefusal(await patch(made.id, { kind: "activity" }), 422, "immutable");
  });

  test("that changes nothing has no new version", async () => {
    const made = await create();
    const { body } = await patch(made.id, { hour: 6, timezone: "europe/berlin" });
    expect(body).toEqual(made);
  });

  test("that switches it off takes its timer away, and switched on again it goes on from then", async () => {
    const { id } = await create();
    expect((await patch(id, { active: false })).body.nextRunAt).toBeNull();
    expect(await timerOf(id)).toBeUndefined();
    const { body } = await patch(id, { active: true });
    expect(await timerOf(id)).toBe(body.nextRunAt);
  });

  test("does not move a report that is due already", async () => {
    const made = await create();
    book.advance(Date.parse(made.nextRunAt) - book.runtime.clock() + 60_000);
    const { body } = await patch(made.id, { hour: 9, recipients: [{ email: "ben@example.com" }] });
    expect(body).toMatchObject({ hour: 9, nextRunAt: made.nextRunAt });
  });

  test("is told in the log by names and addresses, without what lets people unsubscribe", async () => {
    const { id } = await create();
    await patch(id, { recipients: [{ email: "ann@example.com" }, { email: "ben@example.com" }] });
    const { items } = await book.ok("listLog", { params: { id: resellerId } });
    const entry = items.find(({ node }: Body) => node.id === id);
    expect(entry.changes).toEqual([
      { path: "recipients", before: ["Ann <ann@example.com>"], after: ["ann@example.com", "ben@example.com"] },
    ]);
  });
});

describe("a new reseller", () => {
  test("is offered the three nightly reports for its own address, which come once they are switched on", async () => {
    const seller = await book.create(book.provider.id, { level: "reseller", email: "nightly@example.com" });
    const { items } = await book.ok("listReportSubscriptions", { query: { customerId: seller.id } });
    expect(items.map(({ kind }: Body) => kind).toSorted()).toEqual(["all-customers", "event-log", "watchlist"]);
    for (const one of items) {
      expect(one).toMatchObject({ frequency: "daily", active: false, nextRunAt: null });
      expect(one.recipients).toMatchObject([{ email: "nightly@example.com", state: "active" }]);
      expect(await timerOf(one.id)).toBeUndefined();
    }
    const { body } = await patch(items[0].id, { active: true });
    expect(await timerOf(body.id)).toBe(body.nextRunAt);
  });

  test("of another level is offered none", async () => {
    for (const parentId of [book.provider.id, resellerId]) {
      const { id } = await book.create(parentId, parentId === resellerId ? {} : { level: "distributor" });
      expect((await book.ok("listReportSubscriptions", { query: { customerId: id } })).items).toEqual([]);
    }
  });
});
