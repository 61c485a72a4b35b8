import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { JobDeps } from "../../shared/http/invocation.ts";
import { readChain } from "../../shared/store/chain.ts";
import { logWrite } from "../../shared/store/log.ts";
import { queueMail } from "../../shared/store/outbox.ts";
import { openPost, type Post } from "./post.ts";

let post: Post;
let pipeline: typeof import("../../shared/http/invocation.ts");
let resellerId: string;
beforeAll(async () => {
  post = await openPost();
  pipeline = await import("../../shared/http/invocation.ts");
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
