import { marshall } from "@aws-sdk/util-dynamodb";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { LogEntry } from "../../../shared/domain/hierarchy/logged-entry.ts";
import type { JobDeps } from "../../../shared/http/jobs/invocation.ts";
import { readChain } from "../../../shared/store/hierarchy/chain.ts";
import { logWrite } from "../../../shared/store/hierarchy/log.ts";
import { queueMail } from "../../../shared/store/mail/outbox.ts";
import { lone } from "../../model/invariants.ts";
import { openPost, type Post } from "../stages/post.ts";

let post: Post;
let pipeline: typeof import("../../../shared/http/jobs/invocation.ts");
let resellerId: string;
beforeAll(async () => {
  post = await openPost();
  pipeline = await import("../../../shared/http/jobs/invocation.ts");
  resellerId = (await post.create(post.provider.id, { level: "reseller" })).id;
});

afterEach(() => void vi.restoreAllMocks());

const run = <T>(work: (deps: JobDeps) => Promise<T>): Promise<T> => pipeline.job("test", (_, deps) => work(deps))({});

describe("a job, which nobody has asked for,", () => {
  const account = { username: "ann", planName: "Select", quotaBytes: null, trialEndsAt: null };
  const mailTo = (address: string) => ({
    matter: { template: "password-reset" as const, recipient: "Ann", customer: "Customer", account },
    to: { name: "Ann", address },
    accountId: null,
    contactId: null,
    locale: "en",
    secret: null,
  });
  const queued = (customerId: string, address: string) =>
    run(async ({ db, context, author }) => {
      const chain = await readChain(db, customerId);
      if (!chain) throw new Error("no such customer");
      const { mail, writes } = await queueMail(context, mailTo(address), chain, "");
      const node = { id: customerId, level: null, name: "Customer" };
      await db.commit([...writes, logWrite(author, chain, { type: "CustomerUpdated", node })]);
      return mail;
    });

  test("queues a mail with its change, which is sent like any other; the log names the product itself", async () => {
    const { id: customerId } = await post.create(resellerId);
    const { id } = await queued(customerId, "ann@example.com");
    expect(await post.mail(id)).toMatchObject({ customerId, state: "queued", template: "password-reset" });
    await post.deliver(id);
    expect(post.arrived(id)).toHaveLength(1);
    const { items } = await post.ok("listLog", { params: { id: customerId }, query: { only: "node" } });
    expect(items[0]).toMatchObject({ type: "CustomerUpdated", actor: { kind: "system", id: null } });
  });

  test("makes no change whose mail goes to an address that takes none", async () => {
    const { customerId, contact, detailsMailId } = await post.account((await post.create(resellerId)).id, {
      password: undefined,
    });
    await post.tell(detailsMailId, "Email Bounced", { bounce: { bounceType: "Permanent" } });
    vi.spyOn(post.runtime.logger, "warn").mockImplementation(() => undefined);
    await expect(queued(customerId, contact.email)).rejects.toMatchObject({ code: "address_suppressed" });
    const { items } = await post.ok("listLog", { params: { id: customerId }, query: { only: "node" } });
    expect(items.map(({ type }: { type: string }) => type)).not.toContain("CustomerUpdated");
  });

  test("queues no secret that it cannot seal", async () => {
    const { id: customerId } = await post.create(resellerId);
    vi.spyOn(post.runtime.logger, "error").mockImplementation(() => undefined);
    const secret = run(async ({ db, context }) => {
      const chain = await readChain(db, customerId);
      return chain && queueMail(context, { ...mailTo("ann@example.com"), secret: "s" }, chain, "");
    });
    await expect(secret).rejects.toThrow("cannot seal");
  });
});

describe("one of many things that fails", () => {
  const items = [1, 2, 3, 4, 5, 6, 7];
  /** How many of them were under way at a time. */
  const most = { now: 0, ever: 0 };
  const work = async (item: number): Promise<string | null> => {
    most.now += 1;
    most.ever = Math.max(most.ever, most.now);
    await new Promise((resolve) => setTimeout(resolve, 8 - item));
    most.now -= 1;
    if (item === 3) throw new Error("three, and its secret");
    return item === 4 ? null : `did ${item}`;
  };
  const failing = (item: number) => ({ level: "warn" as const, message: "left out", about: { item } });

  test.each([
    [undefined, 1],
    [3, 3],
  ])("holds up no other, and is told in one line (side by side: %s)", async (sideBySide, atMost) => {
    const warn = vi.spyOn(post.runtime.logger, "warn").mockImplementation(() => undefined);
    most.ever = 0;
    const outcome = await run(({ each }) => each(items, work, failing, sideBySide));
    expect(outcome).toEqual({ done: ["did 1", "did 2", null, "did 5", "did 6", "did 7"], failed: [3] });
    expect(most.ever).toBe(atMost);
    expect(warn.mock.calls).toEqual([["left out", { item: 3, error: new Error("three, and its secret") }]]);
  });

  test("is told without its error's words where they may quote what nobody is to read", async () => {
    const error = vi.spyOn(post.runtime.logger, "error").mockImplementation(() => undefined);
    const discreetly = { ...failing(3), level: "error" as const, discreet: true };
    expect(await run(({ alone }) => alone(() => work(3), discreetly))).toBeNull();
    expect(error.mock.calls).toEqual([["left out", { item: 3, error: "Error" }]]);
  });
});

describe("a batch of the stream with a record that cannot be handled", () => {
  const image = (item: object) => marshall(item, { removeUndefinedValues: true });
  /** A change of a customer that takes its use to so many per cent of its space. */
  const grown = (id: string, percent: number, more: object = {}) => gone(id, 0, percent, more);
  const gone = async (id: string, from: number, to: number, more: object = {}) => {
    const [item] = await lone(post.table, [id]);
    return {
      eventName: "MODIFY",
      dynamodb: {
        SequenceNumber: `${(serial += 1)}00`,
        ApproximateCreationDateTime: Math.floor(post.now() / 1000),
        OldImage: image({ ...item, spaceLimit: 100, usedBytes: from, ...more }),
        NewImage: image({ ...item, spaceLimit: 100, usedBytes: to, ...more }),
      },
    };
  };
  let serial = 0;
  const watch = (...Records: object[]) => post.invoke("functions/stream/watch-thresholds.ts", { Records });
  const crossed = async (id: string): Promise<number[]> => {
    const { items } = await post.ok("listLog", { params: { id: resellerId }, query: { limit: "200" } });
    return items
      .filter(({ type, node }: LogEntry) => type === "ThresholdCrossed" && node.id === id)
      .flatMap(({ changes }: LogEntry) => changes.map(({ after }) => (after as { percent: number }).percent))
      .sort();
  };

  test("tells of the others what it has to tell, once, and throws, so that the batch comes again", async () => {
    const warn = vi.spyOn(post.runtime.logger, "warn").mockImplementation(() => undefined);
    const [first, broken, last] = [
      await post.create(resellerId),
      await post.create(resellerId),
      await post.create(resellerId),
    ];
    const records = [
      await grown(first.id, 85),
      await grown(broken.id, 85, { level: "unheard of" }),
      await grown(last.id, 95),
    ];
    for (let time = 0; time < 2; time += 1) await expect(watch(...records)).rejects.toThrow("1 of 3 changes");
    expect([await crossed(first.id), await crossed(broken.id), await crossed(last.id)]).toEqual([[80], [], [80, 90]]);
    expect(warn.mock.calls.map(([message]) => message)).toEqual(["change not consumed", "change not consumed"]);
  });

  test("tells each crossing once where changes are lost, come late, or come twice", async () => {
    const { id } = await post.create(resellerId);
    const [up, down, again, more] = [
      await gone(id, 70, 85),
      await gone(id, 85, 75),
      await gone(id, 75, 95),
      await gone(id, 95, 96),
    ];
    await watch(down);
    expect(await crossed(id)).toEqual([80]);
    await watch(up);
    await watch(down, up);
    expect(await crossed(id)).toEqual([80]);
    // `again` is lost.
    await watch(more, more);
    expect(await crossed(id)).toEqual([80, 80, 90]);
    await watch(again, more);
    expect(await crossed(id)).toEqual([80, 80, 90]);
  });

  test("names a record that it cannot read where it reads the stream itself, and throws where the relay brought it", async () => {
    vi.spyOn(post.runtime.logger, "warn").mockImplementation(() => undefined);
    const error = vi.spyOn(post.runtime.logger, "error").mockImplementation(() => undefined);
    const records = await Promise.all([1, 2, 3].map(() => grown(resellerId, 1)));
    const unreadable = { ...records[1], dynamodb: { ...records[1]?.dynamodb, NewImage: { kind: { X: "?" } } } };
    const Records = [records[0], unreadable, records[2]];
    const seen: Record<string, number> = {};
    for (const kind of ["orderedConsumer", "relayedBatch"] as const) {
      const handler = pipeline[kind]("test", async (changes) => {
        seen[kind] = changes.length;
      });
      const answer = handler({ Records });
      if (kind === "relayedBatch") await expect(answer).rejects.toThrow("1 of 3 changes could not be consumed.");
      else
        expect(await answer).toEqual({ batchItemFailures: [{ itemIdentifier: records[1]?.dynamodb.SequenceNumber }] });
    }
    expect(seen).toEqual({ orderedConsumer: 2, relayedBatch: 2 });
    expect(error).toHaveBeenCalledTimes(1);
  });
});
