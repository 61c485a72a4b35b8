import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { eventsOf } from "../../../local/emulators/mail-events.ts";
import { dueKey } from "../../../shared/store/table/keys.ts";
import { dump } from "../../model/invariants.ts";
import { dayMs, expectRefusal } from "../stages/book.ts";
import { goodPassword, openPost, type Post } from "../stages/post.ts";

const [minuteMs, hourMs] = [60_000, 3_600_000];
let post: Post;
let reseller: Post["provider"];
let parent: Post["provider"];
beforeAll(async () => {
  post = await openPost();
  reseller = await post.create(post.provider.id, { level: "reseller" });
  parent = await post.account((await post.create(reseller.id)).id);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await post.mailbox.outage.set("none");
});

/** A mail without a secret, which costs no hash. */
const queue = async (): Promise<string> => (await post.ok("sendDetailsOfAccount", { params: { id: parent.id } })).id;
const queueMany = async (count: number): Promise<string[]> => {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push(await queue());
  return ids;
};
/** An account whose temporary password waits in a mail. */
const account = async (more: object = {}) =>
  post.account((await post.create(reseller.id)).id, { password: undefined, ...more });
const stateOf = async (id: string): Promise<string> => (await post.mail(id)).state;
const statesOf = (ids: readonly string[]): Promise<string[]> => Promise.all(ids.map(stateOf));
const arrivals = (ids: readonly string[]): number[] => ids.map((id) => post.arrived(id).length);
const each = <T>(ids: readonly string[], value: T): T[] => ids.map(() => value);
/** Minutes from now to a mail's next attempt. */
const waits = async (id: string): Promise<number> =>
  Math.round((Date.parse((await post.mail(id)).nextAttemptAt) - post.now()) / minuteMs);
const watchLog = () => vi.spyOn(post.runtime.logger, "error").mockImplementation(() => undefined);
const failures = (log: ReturnType<typeof watchLog>) =>
  log.mock.calls.filter(([message]) => message === "mail failed").map(([, more]) => more);
const logOf = async (type: string, name: string) => {
  const { items } = await post.ok("listLog", { params: { id: reseller.id }, query: { limit: "100" } });
  return items.filter(
    (entry: { type: string; node: { name: string } }) => entry.type === type && entry.node.name === name,
  );
};
/** Has an item lie as one whose sender died in the middle. */
const dieWhileSending = async (id: string): Promise<void> => {
  const claimedAt = new Date(post.now()).toISOString();
  const dueAt = new Date(post.now() + 2 * minuteMs).toISOString();
  const { duePk, dueSk } = dueKey(`MAIL#${id}`, "mail", dueAt);
  await post.setMail(id, { state: "claimed", claim: "dead", attempts: 1, claimedAt, dueAt, duePk, dueSk });
};
const expectSettled = async (id: string, state: string): Promise<void> => {
  const item = await post.mailItem(id);
  expect(item).toMatchObject({ state, settledAt: expect.any(String), expiresAt: expect.any(Number) });
  for (const gone of ["sealedSecret", "dueAt", "duePk", "dueSk"]) expect(item).not.toHaveProperty(gone);
};

describe("a mail", () => {
  test("is queued with its change or not at all", async () => {
    const mails = async () => (await dump(post.table)).filter(({ kind }) => kind === "mail").length;
    const before = await mails();
    const [one, other] = [await post.create(reseller.id), await post.create(reseller.id)];
    const rivals = [one, other, one].map(({ id }) => post.tryAccount(id, { password: undefined, username: "rival" }));
    const replies = await Promise.all(rivals);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expectRefusal(await post.tryAccount(one.id, { password: undefined, plan: "gold" }), 422, "plan_unknown");
    await post.ok("createAccount", {
      query: { dryRun: "true" },
      body: post.accountInput(other.id, { password: undefined, plan: "basic" }),
    });
    expect((await mails()) - before).toBe(1);
  });

  test("that is sent is marked so, and its secret is dropped", async () => {
    const { detailsMailId: id, contact, username } = await account();
    expect(await post.mail(id)).toMatchObject({ state: "queued", attempts: 0, sentAt: null, problem: null });
    expect(await post.mailItem(id)).toHaveProperty("sealedSecret");
    const at = post.now();
    await post.deliver(id);
    const sent = await post.mail(id);
    expect(sent).toMatchObject({ state: "sent", attempts: 1, nextAttemptAt: null, problem: null });
    expect(Date.parse(sent.sentAt)).toBeGreaterThanOrEqual(at);
    await expectSettled(id, "sent");
    const [mail, ...more] = post.arrived(id);
    expect(more).toEqual([]);
    expect(mail).toMatchObject({
      to: contact.email,
      from: '"Backup Service" <backup@tenantry.example>',
      configurationSet: "tenantry-test",
      tags: { mail: id },
    });
    expect(mail?.text).toContain(username);
    expect((await post.mailItem(id)).messageId).toBe(mail?.messageId);
    expect(JSON.stringify(sent)).not.toContain(post.passwordIn(id));
  });

  test("that the stream brings twice, at once or later, together with a sweep, is sent once", async () => {
    const ids = await queueMany(8);
    const images = await Promise.all(ids.map(post.imageOf));
    post.advance(2 * minuteMs);
    await Promise.all([post.consume(...images), post.consume(...images.toReversed()), post.sweep()]);
    await post.consume(...images);
    post.advance(hourMs);
    await post.sweep();
    expect(await statesOf(ids)).toEqual(each(ids, "sent"));
    expect(arrivals(ids)).toEqual(each(ids, 1));
  });

  test("that the stream never brought is sent by the sweep after two minutes, not before", async () => {
    const id = await queue();
    post.advance(minuteMs);
    await post.sweep();
    expect(await stateOf(id)).toBe("queued");
    post.advance(minuteMs);
    await post.sweep();
    expect([await stateOf(id), arrivals([id])]).toEqual(["sent", [1]]);
  });
});

describe("while SES", () => {
  test("is out of reach, accounts are made, most mails are not even tried, and later each comes once", async () => {
    await post.mailbox.outage.set("down");
    const made = [await account(), await account()];
    const ids = [...(await queueMany(30)), ...made.map(({ detailsMailId }) => detailsMailId)];
    const before = post.now();
    await post.deliver(...ids);
    expect(post.now() - before).toBeLessThan(20_000);
    const mails = await Promise.all(ids.map(post.mail));
    expect(mails.map(({ state }) => state)).toEqual(each(ids, "queued"));
    const tried = mails.filter(({ attempts }) => attempts > 0);
    expect(tried.length).toBeGreaterThanOrEqual(3);
    expect(tried.length).toBeLessThanOrEqual(10);
    for (const mail of tried) expect(mail.problem).toBe("The mail service said ECONNREFUSED.");
    post.advance(5 * minuteMs);
    const still = await post.sweep();
    expect([still.accepted, still.settled]).toEqual([0, 0]);

    await post.mailbox.outage.set("none");
    post.advance(10 * minuteMs);
    await post.sweep();
    expect(await statesOf(ids)).toEqual(each(ids, "sent"));
    expect(arrivals(ids)).toEqual(each(ids, 1));
    for (const { username, detailsMailId } of made) {
      const body = { username, password: post.passwordIn(detailsMailId), newPassword: goodPassword };
      expect((await post.call("changePassword", { body }, { token: null })).status).toBe(200);
    }
  });

  test("throttles, a mail is tried again after pauses that grow", async () => {
    const id = await queue();
    await post.mailbox.outage.set("throttled");
    await post.deliver(id);
    for (const [attempts, pause] of [
      [1, 1],
      [2, 2],
      [3, 4],
      [4, 8],
    ] as const) {
      expect(await post.mail(id)).toMatchObject({ state: "queued", attempts, problem: /^Throttling/ });
      expect(await waits(id)).toBe(pause);
      post.advance(pause * minuteMs - 30_000);
      await post.sweep();
      expect((await post.mail(id)).attempts).toBe(attempts);
      post.advance(30_000);
      if (attempts === 4) await post.mailbox.outage.set("none");
      await post.sweep();
    }
    expect(await post.mail(id)).toMatchObject({ state: "sent", attempts: 5, problem: null });
    expect(arrivals([id])).toEqual([1]);
  });

  test("refuses a mail for good, it has failed: the log and the operator's alarm tell of it", async () => {
    const log = watchLog();
    const { detailsMailId: id, contact, contactId } = await account();
    await post.mailbox.outage.set("rejected", 1);
    await post.deliver(id);
    expect(await post.mail(id)).toMatchObject({
      state: "failed",
      attempts: 1,
      problem: "The mail service said MessageRejected.",
    });
    await expectSettled(id, "failed");
    expect(failures(log)).toMatchObject([
      { mailId: id, attempts: 1, problem: "The mail service said MessageRejected." },
    ]);
    const entries = await logOf("MailFailed", contact.email);
    expect(entries).toMatchObject([{ node: { id: contactId }, actor: { kind: "system", id: null } }]);
    post.advance(dayMs);
    await post.sweep();
    expect(arrivals([id])).toEqual([0]);
  });

  test("loses its answer, the mail is unknown until the event settles it: no second mail", async () => {
    const ids = await queueMany(3);
    await post.mailbox.outage.set("answer-lost", 3);
    await post.deliver(...ids);
    for (const id of ids)
      expect(await post.mail(id)).toMatchObject({ state: "unknown", attempts: 1, sentAt: null, nextAttemptAt: null });
    expect(arrivals(ids)).toEqual(each(ids, 1));
    post.advance(29 * minuteMs);
    await post.sweep();
    expect(await statesOf(ids)).toEqual(each(ids, "unknown"));
    for (const mail of ids.flatMap(post.arrived))
      for (const event of eventsOf(mail)) await post.invoke("functions/events/record-mail-events.ts", event);
    for (const id of ids) await expectSettled(id, "sent");
    expect((await post.mailItem(String(ids[0]))).messageId).toBe(post.arrived(String(ids[0]))[0]?.messageId);
    post.advance(hourMs);
    await post.sweep();
    expect(arrivals(ids)).toEqual(each(ids, 1));
  });

  test("loses its answer and no event comes, the mail is sent again after half an hour", async () => {
    const id = await queue();
    await post.mailbox.outage.set("answer-lost", 1);
    await post.deliver(id);
    post.advance(30 * minuteMs - 10_000);
    await post.sweep();
    expect(await stateOf(id)).toBe("unknown");
    post.advance(10_000);
    await post.sweep();
    expect(await post.mail(id)).toMatchObject({ state: "sent", attempts: 2 });
    // The event of the first attempt comes late.
    const before = await post.mailItem(id);
    await post.tell(id, "Email Sent");
    expect(await post.mailItem(id)).toEqual(before);
  });
});

describe("a sender that dies", () => {
  test("leaves a claim that ends after two minutes; then the event is waited for, and then the mail is sent", async () => {
    const id = await queue();
    const image = await post.imageOf(id);
    await dieWhileSending(id);
    await post.consume(image);
    post.advance(2 * minuteMs - 10_000);
    await post.sweep();
    expect(await stateOf(id)).toBe("claimed");
    post.advance(10_000);
    await post.sweep();
    expect(await post.mail(id)).toMatchObject({ state: "unknown", attempts: 1 });
    post.advance(27 * minuteMs);
    await post.sweep();
    expect(await stateOf(id)).toBe("unknown");
    // Half an hour after the claim, not after it was found.
    post.advance(minuteMs);
    await post.sweep();
    expect([await stateOf(id), arrivals([id])]).toEqual(["sent", [1]]);
  });

  test("once SES has accepted leads to no second mail: the event tells of the first", async () => {
    const id = await queue();
    const stack = post.runtime.client.middlewareStack;
    let dead = false;
    post.mailbox.onSent(() => {
      dead = true;
    });
    stack.add((next) => (args) => (dead ? Promise.reject(new Error("the process is gone")) : next(args)), {
      step: "finalizeRequest",
      name: "die",
    });
    vi.spyOn(post.runtime.logger, "warn").mockImplementation(() => undefined);
    await post.deliver(id).finally(() => stack.remove("die"));
    expect([await stateOf(id), arrivals([id])]).toEqual(["claimed", [1]]);
    post.advance(3 * minuteMs);
    await post.sweep();
    expect(await stateOf(id)).toBe("unknown");
    for (const event of eventsOf(post.arrived(id)[0] as never))
      await post.invoke("functions/events/record-mail-events.ts", event);
    post.advance(hourMs);
    await post.sweep();
    expect([await stateOf(id), arrivals([id])]).toEqual(["sent", [1]]);
  });
});

describe("a mail that cannot be", () => {
  test("read blocks no other, neither in the stream nor in the sweep", async () => {
    const log = watchLog();
    vi.spyOn(post.runtime.logger, "warn").mockImplementation(() => undefined);
    const [broken, ...good] = (await queueMany(6)) as [string, ...string[]];
    await post.setMail(broken, { matter: { template: "unheard of" } });
    const images = await Promise.all([broken, ...good.slice(0, 3)].map(post.imageOf));
    // The batch comes again, at last to the dead-letter queue; the others are sent by then, and what the image held is due by its timer.
    await expect(post.consume({ pk: { S: "MAIL#x" }, sk: { Q: "no type" } }, ...images)).rejects.toThrow("1 of 5");
    expect(await statesOf(good)).toEqual(["sent", "sent", "sent", "queued", "queued"]);
    post.advance(3 * minuteMs);
    await post.sweep();
    expect(await statesOf(good)).toEqual(each(good, "sent"));
    expect((await post.mailItem(broken)).state).toBe("queued");
    const unreadable = log.mock.calls.filter(([message]) => message === "mail not readable");
    expect(unreadable.map(([, more]) => more)).toMatchObject([{ pk: `MAIL#${broken}` }, { pk: `MAIL#${broken}` }]);
    await post.setMail(broken, { duePk: "mail#nowhere" });
  });

  test("made waits and is given up in the end, and blocks no other", async () => {
    const log = watchLog();
    const warned = vi.spyOn(post.runtime.logger, "warn").mockImplementation(() => undefined);
    const { detailsMailId: broken } = await account();
    const good = await queue();
    await post.setMail(broken, { sealedSecret: Buffer.from("not what was sealed, of some length").toString("base64") });
    await post.deliver(broken, good);
    expect(await stateOf(good)).toBe("sent");
    expect(await post.mail(broken)).toMatchObject({
      state: "queued",
      attempts: 1,
      problem: "The mail could not be made.",
    });
    expect(JSON.stringify(warned.mock.calls)).not.toContain("sealed");
    await post.setMail(broken, { attempts: 5, queuedAt: new Date(post.now() - 3 * dayMs).toISOString() });
    post.advance(2 * minuteMs);
    await post.sweep();
    expect([await stateOf(broken), arrivals([broken])]).toEqual(["failed", [0]]);
    expect(failures(log)).toMatchObject([{ mailId: broken }]);
  });
});

describe("an address that takes no mail", () => {
  test("gets none of those that were queued before that was known: they are settled, and nothing is handed over", async () => {
    const { id: customerId } = await post.create(reseller.id);
    const contact = { name: "Ann", email: post.freshAddress() };
    const first = await post.account(customerId, { password: undefined, contact });
    const second = await account({ contact });
    await post.deliver(first.detailsMailId);
    await post.tell(first.detailsMailId, "Email Bounced", { bounce: { bounceType: "Permanent" } });
    await post.deliver(second.detailsMailId);
    expect(await post.mail(second.detailsMailId)).toMatchObject({
      state: "suppressed",
      attempts: 0,
      problem: "The address has bounced.",
    });
    await expectSettled(second.detailsMailId, "suppressed");
    expect(arrivals([second.detailsMailId])).toEqual([0]);
    // Whoever else has the address is shown it from then on.
    const shown = await post.ok("getContact", { params: { id: second.contactId } });
    expect(shown.suppression).toMatchObject({ reason: "bounced" });
    expect(await post.mail(first.detailsMailId)).toMatchObject({ state: "sent" });
  });

  test("is found out by what SES tells of it", async () => {
    for (const [kind, reason] of [
      ["bounce", "bounced"],
      ["suppressionlist", "bounced"],
      ["complaint", "complained"],
    ]) {
      const email = `${kind}+${post.freshLogin()}@simulator.amazonses.com`;
      const made = await account({ contact: { name: "Sim", email } });
      await post.deliver(made.detailsMailId);
      const [mail] = post.arrived(made.detailsMailId);
      for (const event of eventsOf(mail as never)) await post.invoke("functions/events/record-mail-events.ts", event);
      const { contact } = await post.ok("getAccount", { params: { id: made.id } });
      expect(contact.suppression).toMatchObject({ reason });
      expect(await stateOf(made.detailsMailId)).toBe("sent");
    }
  });
});

describe("events", () => {
  test("that come twice, late or in another order change nothing more", async () => {
    const [sent, failed] = (await queueMany(2)) as [string, string];
    await post.deliver(sent);
    const log = watchLog();
    await post.mailbox.outage.set("rejected", 1);
    await post.deliver(failed);
    const before = [await post.mailItem(sent), await post.mailItem(failed)];
    for (const type of ["Email Sent", "Email Delivered", "Email Opened"])
      for (const id of [sent, failed]) await post.tell(id, type);
    await post.tell(failed, "Email Rejected", { reject: { reason: "again" } });
    expect([await post.mailItem(sent), await post.mailItem(failed)]).toEqual(before);
    expect(failures(log)[0]).toMatchObject({ mailId: failed });
  });

  test("that SES rejected what it had accepted make a mail fail, with an alarm and a log entry", async () => {
    const log = watchLog();
    const { detailsMailId: id, contact } = await account();
    await post.deliver(id);
    await post.tell(id, "Email Rejected", { reject: { reason: "Bad content" } });
    expect(await post.mail(id)).toMatchObject({ state: "failed", problem: "SES rejected the message: Bad content." });
    expect(failures(log)).toMatchObject([{ mailId: id }]);
    expect(await logOf("MailFailed", contact.email)).toHaveLength(1);
  });

  test("of mails that nobody knows, or without their tag, are passed over; what is no event comes again", async () => {
    const warned = vi.spyOn(post.runtime.logger, "warn").mockImplementation(() => undefined);
    watchLog();
    await post.tell("mai_01JZX0N4Y8M1Q2R3S4T5V6W7X8", "Email Sent");
    expect(warned).toHaveBeenCalledWith("event of an unknown mail", expect.anything());
    const detail = { mail: { messageId: "1", tags: {} } };
    await post.invoke("functions/events/record-mail-events.ts", { "detail-type": "Email Sent", detail });
    await expect(post.invoke("functions/events/record-mail-events.ts", { "detail-type": "x" })).rejects.toThrow();
  });
});

describe("after three days", () => {
  test("a mail that SES never took has failed, not before; it is tried to the last", async () => {
    const log = watchLog();
    const { detailsMailId: id, contact } = await account();
    const queuedAt = Date.parse((await post.mail(id)).queuedAt);
    await post.mailbox.outage.set("throttled");
    await post.deliver(id);
    for (let hours = 0; post.now() < queuedAt + 3 * dayMs - hourMs; hours += 1) {
      expect([hours < 80, await stateOf(id)]).toEqual([true, "queued"]);
      post.advance(hourMs);
      await post.sweep();
    }
    const { attempts } = await post.mail(id);
    // A minute, doubling up to six hours: nine attempts in the first half day, then one every six hours.
    expect(attempts).toBeGreaterThan(12);
    expect(attempts).toBeLessThan(25);
    expect(failures(log)).toEqual([]);
    post.advance(hourMs);
    await post.sweep();
    expect(await post.mail(id)).toMatchObject({ state: "failed", attempts: attempts + 1, problem: /^Throttling/ });
    await expectSettled(id, "failed");
    expect(failures(log)).toMatchObject([{ mailId: id }]);
    expect(await logOf("MailFailed", contact.email)).toHaveLength(1);
  });

  test("a mail of which no event ever came has failed without being sent once more", async () => {
    const log = watchLog();
    const id = await queue();
    await post.mailbox.outage.set("answer-lost");
    await post.deliver(id);
    await post.setMail(id, { attempts: 5, queuedAt: new Date(post.now() - 3 * dayMs + 20 * minuteMs).toISOString() });
    post.advance(30 * minuteMs);
    await post.mailbox.outage.set("none");
    await post.sweep();
    expect(await post.mail(id)).toMatchObject({ state: "failed", attempts: 5, problem: /never confirmed/ });
    expect(arrivals([id])).toEqual([1]);
    expect(failures(log)).toMatchObject([{ mailId: id }]);
  });

  test("in which nobody sent anything, a mail is sent as soon as somebody does", async () => {
    const id = await queue();
    await post.mailbox.outage.set("throttled");
    await post.deliver(id);
    await post.mailbox.outage.set("none");
    post.advance(4 * dayMs);
    await post.sweep();
    expect(await post.mail(id)).toMatchObject({ state: "sent", attempts: 2 });
    expect(arrivals([id])).toEqual([1]);
  });
});

test("what a mail says and its secret are for nobody who asks what became of it", async () => {
  const made = await account();
  const { token } = await post.key(reseller.id, "viewer");
  const shown = await post.ok("getMail", { params: { id: made.detailsMailId } }, { token });
  expect(Object.keys(shown).sort()).toEqual(
    "accountId attempts contactId customerId id nextAttemptAt problem queuedAt sentAt state template to".split(" "),
  );
  const beside = await post.key((await post.create(post.provider.id, { level: "reseller" })).id);
  const request = { params: { id: made.detailsMailId } };
  expectRefusal(await post.call("getMail", request, { token: beside.token }), 404, "not_found");
});
