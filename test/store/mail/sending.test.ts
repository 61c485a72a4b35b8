import { BatchGetCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import type { CustomerRecord } from "../../../shared/domain/hierarchy/customer.ts";
import type { Suppression } from "../../../shared/domain/accounts/contact.ts";
import { newContact } from "../../../shared/domain/accounts/contact.ts";
import { pauseMs } from "../../../shared/domain/mail/mail-timing.ts";
import { createIdSource } from "../../../shared/runtime/ids.ts";
import { findSuppression } from "../../../shared/store/mail/addresses.ts";
import { insertContact, readContact } from "../../../shared/store/accounts/contacts.ts";
import type { Database } from "../../../shared/store/table/database.ts";
import { contactKey, mailKey } from "../../../shared/store/table/keys.ts";
import { LogItem } from "../../../shared/store/access/log-items.ts";
import type { Author } from "../../../shared/store/hierarchy/log.ts";
import { type MailRecord, outboxStore, readMail } from "../../../shared/store/mail/outbox.ts";
import {
  claimMail,
  isOverdue,
  mailAccepted,
  mailFailed,
  mailLater,
  mailSuppressed,
  mailUnknown,
  takeMailEvent,
} from "../../../shared/store/mail/sending.ts";
import { putLine } from "../stages/line.ts";
import { contextOf, openStore, type StoreStage } from "../stages/stage.ts";

let store: StoreStage;
let line: readonly [CustomerRecord, CustomerRecord, CustomerRecord];
let serial = 0;
const ids = createIdSource();
const start = Date.parse("2030-01-01T12:00:00.000Z");
const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000] as const;
const at = (offset: number): string => new Date(start + offset).toISOString();
const author: Author = { now: () => start, id: (kind) => ids.id(kind, start), requestId: "req_test", caller: null };
beforeAll(async () => {
  store = await openStore();
  line = await putLine(store);
});

/** A mail that was queued at the start for a contact of its own. */
async function queued(): Promise<MailRecord & { contactId: string }> {
  const db = store.open();
  const [{ id: customerId }] = line;
  const email = `user.${(serial += 1)}@example.com`;
  const place = { id: ids.id("contact", start), customerId, accountCount: 1, nowMs: start };
  const contact = newContact({ name: "Ann", email }, place, null);
  const outbox = outboxStore({ ...contextOf(db, line[2].id), now: () => start }, async () => "sealed");
  const account = { username: "ann", planName: "Select", quotaBytes: null, trialEndsAt: null };
  const { mail, writes } = await outbox.queue(
    {
      matter: { template: "password-reset", recipient: "Ann", customer: "Customer", account },
      to: { name: "Ann", address: email },
      accountId: null,
      contactId: contact.id,
      locale: "en",
      secret: "secret",
    },
    line,
    "",
  );
  await db.commit([...writes, ...insertContact(contact, line)]);
  return { ...mail, contactId: contact.id };
}
const itemOf = async ({ id }: { id: string }) => (await store.open().get(mailKey(id))) ?? {};
const read = async (mail: { id: string }): Promise<MailRecord> => readMail(await itemOf(mail));
const contactOf = async ({ contactId }: { contactId: string }) =>
  readContact((await store.open().get(contactKey(line[0].id, contactId))) ?? {});
const logged = async ({ to }: MailRecord): Promise<string[]> => {
  const { items } = await store.open().query({ pk: `LOG#${line[1].id}#2030-01`, limit: 1000 });
  return items
    .map((item) => LogItem.parse(item).entry)
    .filter(({ node }) => node.name === to.address)
    .map(({ type }) => type);
};
const claim = async (mail: MailRecord, name = "me", now = start): Promise<MailRecord> => {
  const claimed = await claimMail(store.open, mail, name, now);
  if (!claimed) throw new Error("was claimed by somebody else");
  return claimed;
};
const expectSettled = async (mail: MailRecord, state: string): Promise<void> => {
  const item = await itemOf(mail);
  expect(item).toMatchObject({ state, settledAt: expect.any(String), expiresAt: expect.any(Number) });
  for (const dropped of ["sealedSecret", "dueAt", "duePk", "dueSk"]) expect(item).not.toHaveProperty(dropped);
};

describe("a mail", () => {
  test("is claimed by one of many, for two minutes, from the state in which it was seen", async () => {
    const mail = await queued();
    const claims = await Promise.all(
      Array.from({ length: 10 }, (_, index) => claimMail(store.open, mail, `sender ${index}`, start)),
    );
    const [claimed, ...more] = claims.filter((one) => one !== null);
    expect(more).toEqual([]);
    expect(claimed).toMatchObject({ state: "claimed", attempts: 1, dueAt: at(2 * minute), claimedAt: at(0) });
    expect(await read(mail)).toEqual(claimed);
    expect(await claimMail(store.open, mail, "late", start)).toBeNull();
  });

  test("that was claimed unheard is known by its claim", async () => {
    const mail = await queued();
    const deaf = (): Database => {
      const db = store.open();
      const update: Database["update"] = async (write) => {
        await db.update(write);
        return db.update(write);
      };
      return { ...db, update };
    };
    expect(await claimMail(deaf, mail, "me", start)).toMatchObject({ claim: "me", attempts: 1 });
    expect(await read(mail)).toMatchObject({ claim: "me", attempts: 1 });
  });

  test("once accepted is sent, without its secret and its timer", async () => {
    const mail = await queued();
    expect(await itemOf(mail)).toMatchObject({ sealedSecret: "sealed", dueAt: at(2 * minute) });
    const claimed = await claim(mail);
    await mailAccepted(store.open(), claimed, "ses-1", start + second);
    await expectSettled(mail, "sent");
    expect(await read(mail)).toMatchObject({ messageId: "ses-1", sentAt: at(second), problem: null, attempts: 1 });
  });

  test("whose answer was lost is looked at half an hour after its claim, and keeps its secret", async () => {
    const mail = await queued();
    await mailUnknown(store.open(), await claim(mail), "socket hang up", start + 9 * second);
    const item = await itemOf(mail);
    expect(item).toMatchObject({ state: "unknown", sealedSecret: "sealed", dueAt: at(30 * minute) });
    expect(item["dueSk"]).toBe(`${at(30 * minute)}#MAIL#${mail.id}`);
  });

  test("that could not be sent waits for a minute, then for twice as long each time, six hours at most", async () => {
    const pauses = Array.from({ length: 14 }, (_, index) => pauseMs(index + 1) / minute);
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360, 360, 360]);
    let mail: MailRecord = await queued();
    for (const pause of [1, 2, 4]) {
      await mailLater(store.open(), await claim(mail), "throttled", start);
      mail = await read(mail);
      expect(mail).toMatchObject({ state: "queued", dueAt: at(pause * minute), problem: "throttled" });
      expect(mail.sealedSecret).toBe("sealed");
    }
  });

  test("is tried a last time three days after it was queued, and is overdue from then on", async () => {
    const mail = await claim({ ...(await queued()), attempts: 0 });
    const often = { ...mail, attempts: 5 };
    expect([isOverdue(often, start + 3 * day - 1), isOverdue(often, start + 3 * day)]).toEqual([false, true]);
    await mailLater(store.open(), mail, "down", start + 3 * day - 10 * second);
    expect((await read(mail)).dueAt).toBe(at(3 * day));
  });

  test("is tried five times before it is given up, however long nothing was sent", async () => {
    let mail: MailRecord = await queued();
    const late = start + 10 * day;
    for (let attempts = 1; attempts <= 5; attempts += 1) {
      expect([mail.attempts, isOverdue(mail, late)]).toEqual([attempts - 1, false]);
      await mailLater(store.open(), await claim(mail, "me", late), "down", late);
      mail = await read(mail);
      expect(mail).toMatchObject({ state: "queued", dueAt: at(10 * day + pauseMs(attempts)) });
    }
    expect(isOverdue(mail, late)).toBe(true);
  });

  test("that is given up has failed, and the log says so once", async () => {
    const mail = await queued();
    const claimed = await claim(mail);
    expect(await mailFailed(store.open(), author, claimed, "MessageRejected", start)).toBe(true);
    await expectSettled(mail, "failed");
    expect((await read(mail)).problem).toBe("MessageRejected");
    expect(await mailFailed(store.open(), author, claimed, "again", start)).toBe(false);
    expect(await logged(mail)).toEqual(["MailFailed"]);
  });

  test("whose address takes none is settled, and its contact and the log show it once", async () => {
    const mail = await queued();
    const suppression: Suppression = { reason: "bounced", at: at(0) };
    expect(await mailSuppressed(store.open(), author, mail, suppression, start)).toBe(true);
    await expectSettled(mail, "suppressed");
    expect(await contactOf(mail)).toMatchObject({ suppression, version: 2, accountCount: 1 });
    expect(await mailSuppressed(store.open(), author, mail, suppression, start)).toBe(false);
    expect(await logged(mail)).toEqual(["AddressSuppressed"]);
  });

  test("is changed by nobody who saw it before somebody else changed it", async () => {
    const seen = await queued();
    const first = await claim(seen, "first");
    await mailLater(store.open(), first, "throttled", start);
    const second = await claim(await read(seen), "second");
    // The sender of the first claim wakes up late.
    await mailAccepted(store.open(), first, "ses-1", start);
    await mailUnknown(store.open(), first, "lost", start);
    await mailLater(store.open(), first, "throttled", start);
    expect(await mailFailed(store.open(), author, first, "refused", start)).toBe(false);
    expect(await mailSuppressed(store.open(), author, first, { reason: "bounced", at: at(0) }, start)).toBe(false);
    expect(await read(seen)).toEqual(second);
    expect(await logged(seen)).toEqual([]);
    expect((await contactOf(seen)).suppression).toBeNull();
  });
});

describe("an event", () => {
  const accepted = { type: "accepted", messageId: "ses-9" } as const;
  const tell = (mail: { id: string }, event: Parameters<typeof takeMailEvent>[3], now = start + hour) =>
    takeMailEvent(store.open, author, mail.id, event, now);
  const states = {
    queued: (mail: MailRecord) => Promise.resolve(mail),
    claimed: (mail: MailRecord) => claim(mail),
    async unknown(mail: MailRecord) {
      await mailUnknown(store.open(), await claim(mail), "lost", start);
      return read(mail);
    },
  };

  test.each(Object.keys(states) as (keyof typeof states)[])("settles a mail that is %s, once", async (state) => {
    const mail = await queued();
    const claimed = await states[state](mail);
    expect(claimed.state).toBe(state);
    expect(await tell(mail, accepted)).toBe("news");
    await expectSettled(mail, "sent");
    expect(await read(mail)).toMatchObject({ messageId: "ses-9", sentAt: at(hour), problem: null });
    const after = await itemOf(mail);
    // Twice, late, and the answer of the sender itself.
    expect(await tell(mail, { ...accepted, messageId: "other" }, start + 2 * hour)).toBe("known");
    await mailAccepted(store.open(), claimed, "answer", start + 2 * hour);
    await mailUnknown(store.open(), claimed, "lost", start + 2 * hour);
    expect(await itemOf(mail)).toEqual(after);
  });

  test("that a mail was accepted does not bring back what is settled otherwise", async () => {
    for (const settle of [
      (mail: MailRecord) => mailFailed(store.open(), author, mail, "refused", start),
      (mail: MailRecord) => mailSuppressed(store.open(), author, mail, { reason: "bounced", at: at(0) }, start),
    ]) {
      const mail = await queued();
      await settle(mail);
      const before = await itemOf(mail);
      expect(await tell(mail, accepted)).toBe("known");
      expect(await itemOf(mail)).toEqual(before);
    }
  });

  test("that SES rejected a mail makes it fail, also after it was accepted; the log says so once", async () => {
    const mail = await queued();
    await mailAccepted(store.open(), await claim(mail), "ses-1", start);
    for (const told of ["news", "known"]) expect(await tell(mail, { type: "rejected", problem: "virus" })).toBe(told);
    await expectSettled(mail, "failed");
    expect(await read(mail)).toMatchObject({ problem: "virus" });
    expect(await logged(mail)).toEqual(["MailFailed"]);
  });

  test("that an address takes no mail is known of the address, and shown by the contact once", async () => {
    const mail = await queued();
    const suppression: Suppression = { reason: "complained", at: at(minute) };
    for (let time = 0; time < 2; time += 1) expect(await tell(mail, { type: "suppress", suppression })).toBe("news");
    // A bounce that comes later does not make less of a complaint.
    await tell(mail, { type: "suppress", suppression: { reason: "bounced", at: at(hour) } });
    expect(await findSuppression(store.open(), mail.to.address.toUpperCase())).toEqual(suppression);
    expect(await contactOf(mail)).toMatchObject({ suppression, version: 2 });
    expect(await logged(mail)).toEqual(["AddressSuppressed"]);
    // What became of this mail is another matter.
    expect((await read(mail)).state).toBe("queued");
  });

  test("about an address that the contact no longer has leaves the contact alone", async () => {
    const mail = await queued();
    const key = contactKey(line[0].id, mail.contactId);
    await store
      .open()
      .commit([{ kind: "update", key, set: { email: "new@example.com" }, add: {}, when: [{ exists: true }] }]);
    const suppression: Suppression = { reason: "bounced", at: at(0) };
    expect(await tell(mail, { type: "suppress", suppression })).toBe("news");
    expect(await findSuppression(store.open(), mail.to.address)).toEqual(suppression);
    expect(await contactOf(mail)).toMatchObject({ suppression: null, version: 1 });
    expect(await logged(mail)).toEqual([]);
  });

  test("about a mail that nobody knows changes nothing, and says so", async () => {
    const [mail, contact] = [{ id: ids.id("mail", start) }, ids.id("contact", start)];
    for (const event of [
      accepted,
      { type: "rejected", problem: "x" } as const,
      { type: "suppress", suppression: { reason: "bounced", at: at(0) } } as const,
    ])
      expect(await tell(mail, event)).toBe("unknown");
    const { documents, tableName } = store.table;
    const Keys = [mailKey(mail.id), contactKey(line[0].id, contact)];
    const { Responses } = await documents.send(new BatchGetCommand({ RequestItems: { [tableName]: { Keys } } }));
    expect(Responses?.[tableName]).toEqual([]);
  });

  test("meets nobody who came in between: of ten at once each is taken in", async () => {
    const mail = await queued();
    const claimed = await claim(mail);
    const suppression: Suppression = { reason: "bounced", at: at(0) };
    const told = await Promise.all([
      ...Array.from({ length: 5 }, () => tell(mail, accepted)),
      ...Array.from({ length: 5 }, () => tell(mail, { type: "suppress", suppression })),
      mailAccepted(store.open(), claimed, "ses-1", start).then(() => true),
    ]);
    expect(told).not.toContain("unknown");
    await expectSettled(mail, "sent");
    expect(await contactOf(mail)).toMatchObject({ suppression, version: 2 });
    expect(await logged(mail)).toEqual(["AddressSuppressed"]);
  });
});
