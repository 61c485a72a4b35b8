import * as z from "zod";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { effectiveSettings } from "../../domain/terms/settings.ts";
import { dayMs } from "../../domain/terms/trial.ts";
import type { WorkContext } from "../hierarchy/scope.ts";
import { LogItem } from "../access/log-items.ts";
import { queueNotice } from "../mail/notices.ts";
import { moveNewsKey, moveNewsPrefix, moveNotedKey, moveNoticeKey, timerKey } from "../table/keys.ts";
import { joinTimer, timerPut } from "../table/timers.ts";
import type { Item } from "../table/units.ts";
import { insert, type Write } from "../table/writes.ts";

/** How long a mail waits for other moves that it can tell of too: those of one task come within minutes. */
const gatherMs = 10 * 60_000;
/** How long notes about moves are kept. */
const keptMs = 7 * dayMs;
/** A transaction that was begun before a mail may still end: what is younger waits for the next one. */
const youngMs = 60_000;
/** Moves that one mail lists, and that it counts at most. */
const listedAtMost = 40;
const countedAtMost = 1_000;

const Told = z.object({ name: z.string() });

/** A move as its seller is to hear of it; null where the log entry tells nobody. */
export function newsOf(item: Item): { seller: string; id: string; name: string; arrived: boolean } | null {
  const seller = item["tells"];
  if (typeof seller !== "string") return null;
  const { entry } = LogItem.parse(item);
  const arrived = entry.type === "CustomerArrived";
  const name = arrived ? entry.node.name : Told.parse(entry.changes[0]?.before).name;
  return { seller, id: entry.id, name, arrived };
}

/** The writes that note a move for its seller, once, with the time of the mail. `chain` is the seller's; none where it wants no such mails. */
export async function noteMove(
  context: WorkContext,
  chain: Chain,
  { id, name, arrived }: NonNullable<ReturnType<typeof newsOf>>,
): Promise<Write[]> {
  const [{ id: seller }] = chain;
  if (effectiveSettings(chain).alerts.moves.value === "off") return [];
  const noted = moveNotedKey(seller, id);
  const [known, waiting] = await context.db.getAll([noted, timerKey(seller, "move-notice")]);
  if (known) return [];
  const [now, expiresAt] = [context.now(), Math.ceil((context.now() + keptMs) / 1000)];
  // By the time of the note: one that comes late is told with the next mail.
  const key = moveNewsKey(seller, new Date(now).toISOString(), id);
  return [
    insert(noted, { kind: "move-noted", expiresAt }),
    insert(key, { kind: "move-news", name, arrived, expiresAt }),
    joinTimer(seller, "move-notice", waiting, new Date(now + gatherMs).toISOString()),
  ];
}

const News = z.object({ sk: z.string(), name: z.string(), arrived: z.boolean() });

/** The writes of a mail to a seller that is due: all moves that have waited, and how far that goes. */
export async function moveNotice(context: WorkContext, chain: Chain): Promise<Write[]> {
  const [{ id, name, contactName, email }] = chain;
  const key = moveNoticeKey(id);
  const marker = await context.db.get(key);
  const after = typeof marker?.["until"] === "string" ? marker["until"] : undefined;
  const { items } = await context.db.query({ pk: id, prefix: moveNewsPrefix, after, limit: countedAtMost });
  const news = items.map((item) => News.parse(item));
  const bound = moveNewsKey(id, new Date(context.now() - youngMs).toISOString(), "").sk;
  const old = news.filter(({ sk }) => sk < bound);
  const isRest = news.length > old.length || news.length === countedAtMost;
  const again = isRest ? [timerPut(id, "move-notice", new Date(context.now() + youngMs).toISOString())] : [];
  const last = old.at(-1);
  if (!last) return again;
  const listed = old.slice(0, listedAtMost);
  const names = (arrived: boolean): string[] => listed.filter((one) => one.arrived === arrived).map((one) => one.name);
  const matter = {
    template: "customers-moved" as const,
    recipient: contactName ?? name,
    customer: name,
    arrived: names(true),
    left: names(false),
    more: old.length - listed.length,
  };
  const expiresAt = Math.ceil((context.now() + 2 * keptMs) / 1000);
  return [
    ...(await queueNotice(context, chain, matter, email)),
    { kind: "put", key, item: { ...key, kind: "move-notice", until: last.sk, expiresAt }, when: [] },
    ...again,
  ];
}
