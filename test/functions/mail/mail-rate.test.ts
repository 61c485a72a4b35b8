import { BatchWriteItemCommand } from "@aws-sdk/client-dynamodb";
import { beforeAll, expect, test } from "vitest";
import { createIdSource } from "../../../shared/runtime/ids.ts";
import { lone } from "../../model/invariants.ts";
import { openPost, type Post } from "../stages/post.ts";
import { underWayDuring } from "../stages/under-way.ts";

const perSecond = 50;
const mails = Number(process.env["RATE_MAILS"] ?? 80);
let post: Post;
beforeAll(async () => {
  post = await openPost({ MAIL_RATE_PER_SECOND: String(perSecond) });
});

/** Queues many mails that are alike but for their ids. */
async function queueMany(count: number): Promise<string[]> {
  const { id: reseller } = await post.create(post.provider.id, { level: "reseller" });
  const { id } = await post.account((await post.create(reseller)).id);
  const model = (await post.ok("sendDetailsOfAccount", { params: { id } })).id as string;
  const image = JSON.stringify(await post.imageOf(model));
  const newIds = createIdSource();
  const ids = Array.from({ length: count - 1 }, () => newIds.id("mail", post.now()));
  const { client, tableName } = post.table;
  for (let start = 0; start < ids.length; start += 25)
    await client.send(
      new BatchWriteItemCommand({
        RequestItems: {
          [tableName]: ids
            .slice(start, start + 25)
            .map((mailId) => ({ PutRequest: { Item: JSON.parse(image.replaceAll(model, mailId)) } })),
        },
      }),
    );
  return [model, ...ids];
}

test(`${mails} queued mails leave at the installation's rate and no faster, few at a time, each once`, async () => {
  const ids = await queueMany(mails);
  post.advance(3 * 60_000);
  const most = await underWayDuring(post.mailbox.url, async () => {
    expect(await post.sweep()).toEqual({ accepted: mails, postponed: 0, settled: 0, left: 0 });
  });
  expect(post.mailbox.count()).toBe(mails);
  expect(new Set(post.mailbox.list().map(({ tags }) => tags["mail"])).size).toBe(mails);
  const items = await lone(
    post.table,
    ids.map((id) => `MAIL#${id}`),
  );
  expect(items.map(({ state, attempts }) => [state, attempts])).toEqual(ids.map(() => ["sent", 1]));
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(8);
  const bySecond = Map.groupBy(post.mailbox.list(), ({ sentAt }) => sentAt.slice(0, 19));
  const counts = [...bySecond.values()].map((sent) => sent.length);
  // A send that was granted in one second may be accepted in the next: so many, and no more, can be on their way then.
  expect(Math.max(...counts)).toBeLessThanOrEqual(perSecond + most);
  expect(counts.length).toBeGreaterThanOrEqual(mails / perSecond);
}, 180_000);
