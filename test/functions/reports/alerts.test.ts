import { BatchWriteCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import { openTableStream } from "../../fleet/table-stream.ts";
import { dump } from "../../model/invariants.ts";
import type { Reply } from "../../support/api.ts";
import { openPost, type Post } from "../stages/post.ts";

type Body = Reply["body"];

let post: Post;
let stream: Awaited<ReturnType<typeof openTableStream>>;
beforeAll(async () => {
  post = await openPost();
  stream = await openTableStream(post.table);
  return () => stream.close();
});

let serial = 0;
const at = (id: string) => ({ params: { id } });
/** A reseller with customers that may use 1,000 bytes each. */
async function business(settings: object = {}, count = 1) {
  const email = `seller.${(serial += 1)}@example.com`;
  const { id: sellerId } = await post.create(post.provider.id, { level: "reseller", email, timezone: "Europe/Berlin" });
  await post.ok("updateSettings", { ...at(sellerId), body: settings });
  const customers: Body[] = [];
  for (let nth = 0; nth < count; nth += 1)
    customers.push(
      await post.create(sellerId, { email: `owner.${(serial += 1)}@example.com`, space: { limitBytes: 1_000 } }),
    );
  return { sellerId, email, customers };
}
/** What the roll-up does to a customer, and what follows from it. */
async function use(bytes: number, ...customers: Body[]): Promise<void> {
  await stream.next();
  for (const { id } of customers)
    await post.table.documents.send(
      new UpdateCommand({
        TableName: post.table.tableName,
        Key: { pk: id, sk: "@" },
        UpdateExpression: "SET usedBytes = :bytes",
        ExpressionAttributeValues: { ":bytes": bytes },
      }),
    );
  const records = (await stream.next()).filter(
    ({ eventName, dynamodb }) => eventName === "MODIFY" && dynamodb.NewImage?.["kind"]?.S === "customer",
  );
  // The stream may bring them twice.
  for (const _ of [1, 2])
    await post.invoke("functions/stream/watch-thresholds.ts", { Records: structuredClone(records) });
  await stream.next();
}
const mailsTo = async (address: string): Promise<Body[]> =>
  (await dump(post.table))
    .filter((item: Body) => item.kind === "mail" && item.to.address === address)
    .toSorted((one: Body, other: Body) => (one.id < other.id ? -1 : 1));
const toldTo = async (address: string): Promise<string[]> =>
  (await mailsTo(address)).flatMap(({ matter }) => matter.alerts.map(({ percent }: Body) => `${percent} %`));
const sweep = (): Promise<unknown> => post.invoke("functions/schedule/sweep-reports.ts", {});

describe("a limit that is almost reached", () => {
  test("is told to its owner and the one that sells to it, once per crossing", async () => {
    const { email, customers } = await business();
    const [customer] = customers;
    await use(799, customer);
    await use(850, customer);
    await use(870, customer);
    expect(await toldTo(customer.email)).toEqual(["80 %"]);
    expect(await toldTo(email)).toEqual(["80 %"]);
    await use(1_000, customer);
    const mail = (await mailsTo(customer.email)).find(({ matter }) => matter.alerts.length === 2);
    expect(mail?.matter).toMatchObject({ audience: "owner", customer: customer.name, digest: false });
    expect(await toldTo(email)).toEqual(["80 %", "90 %", "100 %"]);
    await use(10, customer);
    await use(850, customer);
    expect(await toldTo(customer.email)).toEqual(["80 %", "90 %", "100 %", "80 %"]);
  });

  test("is told to nobody who has switched it off, and to others all the same", async () => {
    const { sellerId, email, customers } = await business({ alerts: { limits: "off" } });
    const [customer] = customers;
    await use(850, customer);
    expect([await toldTo(email), await toldTo(customer.email)]).toEqual([[], []]);
    await post.ok("updateSettings", { ...at(customer.id), body: { alerts: { limits: "mail" } } });
    await use(950, customer);
    expect([await toldTo(email), await toldTo(customer.email)]).toEqual([[], ["90 %"]]);
    expect((await post.ok("getEffectiveSettings", at(customer.id))).alerts.limits).toMatchObject({ value: "mail" });
    expect(sellerId).toBeDefined();
  });

  test("is told once where seller and owner have one address", async () => {
    const { sellerId, email } = await business();
    const customer = await post.create(sellerId, { email, space: { limitBytes: 1_000 } });
    await use(850, customer);
    expect(await toldTo(email)).toEqual(["80 %"]);
  });
});

describe("many limits on one day", () => {
  test("are all told, also one that comes while the overview before it is made", async () => {
    const { sellerId, email, customers } = await business({ alerts: { limits: "digest" } }, 2);
    const [first, second] = customers;
    await use(850, first);
    post.advance(26 * 3_600_000);
    // Comes between what the sweep reads and what it writes.
    let used: Promise<void> | null = null;
    post.runtime.client.middlewareStack.add(
      (next, context) => async (args) => {
        const answer = await next(args);
        const asked = JSON.stringify(args.input);
        const isRead = context["commandName"] === "QueryCommand" && asked.includes("alert-pending#");
        if (isRead && asked.includes(sellerId)) await (used ??= use(950, second));
        return answer;
      },
      { step: "initialize", name: "between" },
    );
    await sweep().finally(() => post.runtime.client.middlewareStack.remove("between"));
    expect(used).not.toBeNull();
    post.advance(26 * 3_600_000);
    await sweep();
    expect((await toldTo(email)).toSorted()).toEqual(["80 %", "80 %", "90 %"]);
  });

  test("are five mails at once, and one overview the next morning", async () => {
    const { email, customers } = await business({}, 12);
    await use(850, ...customers);
    expect(await mailsTo(email)).toHaveLength(5);
    for (const { email: owner } of customers) expect(await mailsTo(owner)).toHaveLength(1);
    await sweep();
    expect(await mailsTo(email)).toHaveLength(5);
    post.advance(26 * 3_600_000);
    for (const _ of [1, 2]) await sweep();
    const digests = (await mailsTo(email)).filter(({ matter }) => matter.digest);
    expect(digests).toHaveLength(1);
    expect(digests[0].matter.alerts.map(({ customer }: Body) => customer).toSorted()).toHaveLength(7);
    expect(
      new Set((await mailsTo(email)).flatMap(({ matter }) => matter.alerts.map(({ customer }: Body) => customer))),
    ).toEqual(new Set(customers.map(({ name }) => name)));
    // What comes later is in a later one, and nothing is told again.
    await use(950, ...customers);
    post.advance(26 * 3_600_000);
    await sweep();
    const all = (await mailsTo(email)).filter(({ matter }) => matter.digest);
    expect(all.map(({ matter }) => matter.alerts.length).toSorted()).toEqual([7, 7]);
  });

  test("are one overview for whoever wants no more than that, and what has just come waits for the next", async () => {
    const { email, customers } = await business({ alerts: { limits: "digest" } });
    const [customer] = customers;
    await use(850, customer);
    expect(await mailsTo(email)).toEqual([]);
    post.advance(26 * 3_600_000);
    await use(950, customer);
    await sweep();
    expect(await toldTo(email)).toEqual(["80 %"]);
    post.advance(26 * 3_600_000);
    await sweep();
    expect((await toldTo(email)).toSorted()).toEqual(["80 %", "90 %"]);
  });

  test("are told in as many overviews as it takes, and none is left behind", async () => {
    const { sellerId, email } = await business();
    const at = new Date(post.now() - 3_600_000).toISOString();
    const alert = { customer: "Many", account: null, what: "space", percent: 80, limit: 10, used: 8 };
    const { documents, tableName } = post.table;
    const items = Array.from({ length: 1_005 }, (_, nth) => {
      const sk = `alert-pending#${at}#mai_${String(nth).padStart(4, "0")}`;
      return { PutRequest: { Item: { pk: sellerId, sk, kind: "alert", alert: JSON.stringify(alert) } } };
    });
    for (let start = 0; start < items.length; start += 25)
      await documents.send(new BatchWriteCommand({ RequestItems: { [tableName]: items.slice(start, start + 25) } }));
    const timer = { pk: sellerId, sk: "timer#alert-digest", kind: "timer", timer: "alert-digest", at };
    const due = { duePk: "alert-digest#0", dueSk: `${at}#${String(sellerId)}` };
    await documents.send(new PutCommand({ TableName: tableName, Item: { ...timer, ...due } }));
    for (let run = 0; run < 4; run += 1) {
      await sweep();
      post.advance(11 * 60_000);
    }
    const counts = (await mailsTo(email)).map(({ matter }) => matter.alerts.length + matter.more);
    expect(counts).toEqual([1_000, 5]);
  });
});
