import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { SentMail } from "../../../local/emulators/mailbox.ts";
import { suppressAddress } from "../../../shared/store/mail/addresses.ts";
import type { Reply } from "../../support/api.ts";
import { dayMs, expectRefusal } from "../stages/book.ts";
import { openPost, type Post } from "../stages/post.ts";

type Body = Reply["body"];

let post: Post;
let resellerId: string;
beforeAll(async () => {
  post = await openPost();
  const more = { level: "reseller", timezone: "Europe/Berlin", locale: "en", email: "seller@example.com" };
  ({ id: resellerId } = await post.create(post.provider.id, more));
});

let serial = 0;
const freshAddress = (): string => `reader.${(serial += 1)}@example.com`;
const subscribe = (more: object = {}): Promise<Body> =>
  post.ok("createReportSubscription", {
    body: {
      customerId: resellerId,
      kind: "watchlist",
      frequency: "daily",
      hour: 2,
      minute: 30,
      recipients: [{ email: freshAddress() }],
      ...more,
    },
  });
const at = (id: string) => ({ params: { id } });
const patch = (id: string, body: object) => post.ok("updateReportSubscription", { ...at(id), body });
const goTo = (time: string, afterMs = 1_000): void => post.advance(Date.parse(time) + afterMs - post.now());
/** What the schedules do: reports that are due are ordered, those that were ordered are built, and their mails are sent. */
async function night(): Promise<void> {
  await post.invoke("functions/schedule/sweep-reports.ts", {});
  post.advance(3 * 60_000);
  await post.invoke("functions/schedule/sweep-reports.ts", {});
  post.advance(3 * 60_000);
  await post.sweep();
}
const mailsTo = (address: string): SentMail[] => post.mailbox.list().filter(({ to }) => to.includes(address));
const addressOf = (subscription: Body, nth = 0): string => subscription.recipients[nth].email;
const deliveries = async (id: string): Promise<Body[]> => (await post.ok("listDeliveries", at(id))).items;
const get = (id: string): Promise<Body> => post.ok("getReportSubscription", at(id));

describe("a subscription", () => {
  test("brings one mail to each recipient each night, with the verdict in its subject", async () => {
    const [one, other] = [freshAddress(), freshAddress()];
    const made = await subscribe({ recipients: [{ email: one, name: "Ann" }, { email: other }] });
    for (let nights = 1; nights <= 3; nights += 1) {
      goTo((await get(made.id)).nextRunAt);
      await night();
      expect([mailsTo(one).length, mailsTo(other).length]).toEqual([nights, nights]);
    }
    const [mail] = mailsTo(one);
    const { name } = await post.get(resellerId);
    expect(mail?.subject).toBe(`No devices yet – ${name}`);
    expect(mail?.text).toContain("Protected: 0");
    const runs = await deliveries(made.id);
    expect(runs.map(({ state }) => state)).toEqual(["sent", "sent", "sent"]);
    expect(runs[0].from).toBe(runs[1].to);
    expect(runs[0].deliveries.map(({ state }: Body) => state)).toEqual(["sent", "sent"]);
    await post.ok("deleteReportSubscription", at(made.id));
  });

  test("that nobody served for days has one mail, which says so, and then goes on", async () => {
    const made = await subscribe();
    goTo(made.nextRunAt);
    await night();
    post.advance(10 * dayMs);
    await night();
    const mails = mailsTo(addressOf(made));
    expect(mails).toHaveLength(2);
    const late = mails.find(({ text }) => text?.includes("9 reports before this one could not be sent."));
    expect(late).toBeDefined();
    const [second, first] = await deliveries(made.id);
    expect([second.from, second.missed]).toEqual([first.to, 9]);
    goTo((await get(made.id)).nextRunAt);
    await night();
    expect((await deliveries(made.id))[0]).toMatchObject({ from: second.to, missed: 0 });
    await post.ok("deleteReportSubscription", at(made.id));
  });

  test("that is switched off, or whose customer is, has none; restored or active again it goes on", async () => {
    const customer = await post.create(resellerId);
    const made = await subscribe({ customerId: customer.id });
    await post.ok("deactivateCustomer", at(customer.id));
    goTo(made.nextRunAt);
    await night();
    expect(mailsTo(addressOf(made))).toEqual([]);
    await post.ok("activateCustomer", at(customer.id));
    post.advance(2 * 3_600_000);
    await night();
    expect(mailsTo(addressOf(made))).toHaveLength(1);
    await post.remove(customer);
    post.advance(2 * dayMs);
    await night();
    expect(mailsTo(addressOf(made))).toHaveLength(1);
    await post.ok("restoreCustomer", at(customer.id));
    post.advance(2 * 3_600_000);
    await night();
    expect(mailsTo(addressOf(made))).toHaveLength(2);
    await patch(made.id, { active: false });
    post.advance(3 * dayMs);
    await night();
    expect(mailsTo(addressOf(made))).toHaveLength(2);
  });

  test("that is edited between due and run comes once, to whom it says then", async () => {
    const made = await subscribe();
    goTo(made.nextRunAt);
    const later = freshAddress();
    await patch(made.id, { hour: 5, recipients: [{ email: later }] });
    await night();
    expect([mailsTo(addressOf(made)).length, mailsTo(later).length]).toEqual([0, 1]);
    goTo((await get(made.id)).nextRunAt);
    await night();
    const [second, first] = await deliveries(made.id);
    expect(second.from).toBe(first.to);
    expect(mailsTo(later)).toHaveLength(2);
    await post.ok("deleteReportSubscription", at(made.id));
  });

  test("leaves out whoever has bounced or unsubscribed, says so, and still reaches the others", async () => {
    const [bounced, gone, there] = [freshAddress(), freshAddress(), freshAddress()];
    const made = await subscribe({ recipients: [bounced, gone, there].map((email) => ({ email })) });
    const { item: Item } = suppressAddress(bounced, { reason: "bounced", at: new Date(post.now()).toISOString() });
    await post.table.documents.send(new PutCommand({ TableName: post.table.tableName, Item }));
    await post.ok("sendReport", at(made.id));
    post.advance(3 * 60_000);
    await night();
    const link = mailsTo(gone)[0]?.text?.match(/https:\/\/api\.tenantry\.example\/v1\/unsubscribe\/(\S+)/)?.[1];
    const token = String(link);
    const page = await post.call("unsubscribePage", { params: { token } }, { token: null });
    expect([page.status, page.body]).toEqual([200, expect.stringContaining(`Should ${gone} receive no more`)]);
    expect((await get(made.id)).recipients[1].state).toBe("active");
    for (const _ of [1, 2]) {
      const reply = await post.call("unsubscribe", { params: { token } }, { token: null });
      expect([reply.status, reply.body]).toEqual([200, expect.stringContaining(`${gone} receives no more`)]);
    }
    expect((await get(made.id)).recipients.map(({ state }: Body) => state)).toEqual([
      "suppressed",
      "unsubscribed",
      "active",
    ]);
    goTo((await get(made.id)).nextRunAt);
    await night();
    expect([bounced, gone, there].map((address) => mailsTo(address).length)).toEqual([0, 1, 2]);
    expect((await deliveries(made.id))[0].deliveries).toMatchObject([
      { state: "suppressed", reason: expect.stringContaining("bounced") },
      { state: "unsubscribed", mailId: null },
      { state: "sent", reason: null },
    ]);
    // Who stays in the list stays unsubscribed; the same token on another report is nobody's.
    await patch(made.id, { recipients: [{ email: gone }] });
    expectRefusal(await post.call("sendReport", at(made.id)), 422, "not_applicable");
    const other = await subscribe();
    const wrong = `tu_${String(other.id).slice(4)}_${token.slice(token.lastIndexOf("_") + 1)}`;
    const nobody = await post.call("unsubscribe", { params: { token: wrong } }, { token: null });
    expect(nobody.body).toContain("no longer valid");
    expect((await get(other.id)).recipients[0].state).toBe("active");
    await post.ok("deleteReportSubscription", at(made.id));
    await post.ok("deleteReportSubscription", at(other.id));
  });
});

describe("a report that was ordered", () => {
  test("is built once, however often the stream brings it and a sweep meets it", async () => {
    const made = await subscribe();
    const run = await post.ok("sendReport", at(made.id));
    expect(run).toMatchObject({ state: "queued", manual: true, deliveries: [] });
    const Key = { pk: { S: `REPORTS#${String(made.id)}` }, sk: { S: String(run.to) } };
    const { client, tableName: TableName } = post.table;
    const { Item: NewImage } = await client.send(new GetItemCommand({ TableName, Key }));
    const event = { Records: [{ eventName: "INSERT", dynamodb: { SequenceNumber: "1", NewImage } }] };
    await Promise.all([1, 2, 3].map(() => post.invoke("functions/stream/build-reports.ts", structuredClone(event))));
    await night();
    expect(mailsTo(addressOf(made))).toHaveLength(1);
    expect(await deliveries(made.id)).toHaveLength(1);
    await post.ok("deleteReportSubscription", at(made.id));
  });

  test("is skipped where mail is switched off, and says why", async () => {
    const { id } = await post.create(post.provider.id, { level: "reseller" });
    const made = await subscribe({ customerId: id });
    await post.ok("updateSettings", { ...at(id), body: { mail: { enabled: false } } });
    expectRefusal(await post.call("sendReport", at(made.id)), 422, "mail_disabled");
    goTo(made.nextRunAt);
    await night();
    expect((await deliveries(made.id))[0]).toMatchObject({ state: "skipped", reason: "mail_disabled" });
    expect(mailsTo(addressOf(made))).toEqual([]);
  });

  test("is previewed as it will be, and afterwards as it was", async () => {
    const made = await subscribe({ kind: "event-log", locale: "de" });
    const ahead = await post.ok("previewReport", at(made.id));
    expect(ahead).toMatchObject({ language: "de", report: { kind: "event-log", events: expect.any(Number) } });
    expect(ahead.report.events).toBeGreaterThan(0);
    const run = await post.ok("sendReport", at(made.id));
    await night();
    const [mail] = mailsTo(addressOf(made));
    const kept = await post.ok("previewReport", { ...at(made.id), query: { to: run.to } });
    expect(kept.subject).toBe(mail?.subject);
    expect(kept.report.to).toBe(run.to);
    const past = await post.ok("previewReport", { ...at(made.id), query: { to: "2026-01-01T00:00:00Z" } });
    expect(past.report.events).toBe(0);
    const state = await subscribe();
    expectRefusal(
      await post.call("previewReport", { ...at(state.id), query: { to: "2026-01-01T00:00:00Z" } }),
      422,
      "not_applicable",
    );
    expectRefusal(
      await post.call("previewReport", { ...at(state.id), query: { to: "2999-01-01T00:00:00Z" } }),
      422,
      "invalid_time",
    );
  });

  test("tells of a whole day when it is looked at for the first time, and then of what came after the last report", async () => {
    const made = await subscribe({ kind: "event-log", hour: 6, minute: 0, timezone: "UTC" });
    goTo(made.nextRunAt, 2 * 3_600_000 - dayMs);
    const ends = Date.parse(made.nextRunAt) - dayMs;
    const fromOf = async (): Promise<number> => Date.parse((await post.ok("previewReport", at(made.id))).report.from);
    expect(await fromOf()).toBe(ends - dayMs);
    goTo(made.nextRunAt);
    await night();
    expect(mailsTo(addressOf(made))).toHaveLength(1);
    post.advance(2 * 3_600_000);
    expect(await fromOf()).toBe(Date.parse(made.nextRunAt));
    const { report } = await post.ok("previewReport", { ...at(made.id), query: { to: made.nextRunAt } });
    expect(Date.parse(report.from)).toBe(ends);
  });

  test("of all customers counts those below, and leaves out a Default Customer that holds nothing", async () => {
    const { id, name } = await post.create(post.provider.id, { level: "reseller" });
    const preview = async (customerId: string): Promise<Body> => {
      const { id: subscriptionId } = await subscribe({ customerId, kind: "all-customers" });
      const { subject, report } = await post.ok("previewReport", at(subscriptionId));
      return { subject, customers: report.customers, names: report.rows.map((row: Body) => row.name) };
    };
    expect(await preview(id)).toMatchObject({ customers: 0, names: [name] });
    expect((await preview(id)).subject).not.toContain("customer");
    const customer = await post.create(id);
    expect(await preview(id)).toMatchObject({
      subject: expect.stringContaining("1 customer, "),
      customers: 1,
      names: [name, customer.name],
    });
  });

  test("is not previewed where building it takes longer than a request may, but sent", async () => {
    const { id } = await post.create(post.provider.id, { level: "reseller" });
    for (const nth of [1, 2]) await post.create(id, { name: `Slowly read ${nth} of ${id}` });
    const made = await subscribe({ customerId: id, kind: "consolidated" });
    const realNow = performance.now.bind(performance);
    let later = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => realNow() + later);
    // Each page takes eight seconds.
    const slowness = { step: "finalizeRequest", name: "slowness" } as const;
    post.runtime.client.middlewareStack.add(
      (next, context) => (args) => {
        if (context["commandName"] === "QueryCommand") later += 8000;
        return next(args);
      },
      slowness,
    );
    const refused = await post.call("previewReport", at(made.id));
    post.runtime.client.middlewareStack.remove("slowness");
    clock.mockRestore();
    expectRefusal(refused, 409, "report_too_large");
    await post.ok("sendReport", at(made.id));
    await night();
    expect(mailsTo(addressOf(made))).toHaveLength(1);
  });
});
