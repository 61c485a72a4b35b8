import pMap from "p-map";
import { beforeAll, expect, test } from "vitest";
import { dump } from "../../model/invariants.ts";
import { dayMs } from "../stages/book.ts";
import { openPost, type Post } from "../stages/post.ts";
import { underWayDuring } from "../stages/under-way.ts";

/** One night of many subscribers whose reports are due at the same minute. NIGHT_SUBSCRIBERS makes it larger. */
const subscribers = Number(process.env["NIGHT_SUBSCRIBERS"] ?? 25);
const perSecond = 25;
/** A customer has a hundred subscriptions at most, and a new reseller three of them already. */
const perSeller = 90;
const minuteMs = 60_000;

let post: Post;
beforeAll(async () => {
  post = await openPost({ MAIL_RATE_PER_SECOND: String(perSecond) });
});

test(
  `${subscribers} reports of the same minute are built and sent in one night, at the installation's rate, each once`,
  { timeout: 120_000 + subscribers * 1_000 },
  async () => {
    const sellers = Math.ceil(subscribers / perSeller);
    const numbers = Array.from({ length: subscribers }, (_, number) => number);
    const sellerIds = await pMap(
      Array.from({ length: sellers }),
      async () => (await post.create(post.provider.id, { level: "reseller" })).id,
      { concurrency: 4 },
    );
    const schedule = { frequency: "daily", hour: 3, minute: 0, timezone: "Europe/Berlin" };
    await pMap(
      numbers,
      (number) => {
        const customerId = sellerIds[number % sellers];
        const recipients = [{ email: `night.${number}@example.com` }];
        return post.ok("createReportSubscription", {
          body: { customerId, kind: "watchlist", ...schedule, recipients },
        });
      },
      { concurrency: 8 },
    );
    post.advance(dayMs);

    const took: Record<string, number> = {};
    const timed = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      const began = performance.now();
      await work();
      took[what] = (performance.now() - began) / 1000;
    };
    const runs = async (state: string) =>
      (await dump(post.table)).filter((item) => item["kind"] === "report-run" && item["state"] === state).length;
    const sweepReports = () => post.invoke("functions/schedule/sweep-reports.ts", {});
    // The schedules run each minute; a turn ends before its function would have to.
    await timed("order", async () => {
      for (let before = -1, ordered = 0; ordered < subscribers && ordered > before;) {
        await sweepReports();
        [before, ordered] = [ordered, (await runs("queued")) + (await runs("sent"))];
      }
    });
    post.advance(3 * minuteMs);
    await timed("build", async () => {
      for (let before = -1, built = 0; built < subscribers && built > before;) {
        await sweepReports();
        [before, built] = [built, await runs("sent")];
      }
    });
    expect(await runs("sent")).toBe(subscribers);
    post.advance(3 * minuteMs);
    const most = await underWayDuring(post.mailbox.url, () =>
      timed("send", async () => {
        for (let before = -1; post.mailbox.count() < subscribers && post.mailbox.count() > before;) {
          before = post.mailbox.count();
          await post.sweep();
        }
      }),
    );
    const to = numbers.map((nth) => post.mailbox.mailAt(nth).to);
    expect(post.mailbox.count()).toBe(subscribers);
    expect(to.toSorted()).toEqual(numbers.map((number) => `night.${number}@example.com`).toSorted());
    expect(most).toBeGreaterThan(1);
    expect(took["send"]).toBeGreaterThan(subscribers / perSecond - 2);
    // On a machine with nothing else to do it is a few seconds more than that; one that is busy takes its time.
    expect(took["send"]).toBeLessThan((subscribers / perSecond) * 5 + 20);
    if (process.env["NIGHT_SUBSCRIBERS"] !== undefined)
      process.stdout.write(`${JSON.stringify({ subscribers, perSecond, most, ...took })}\n`);
  },
);
