import * as z from "zod";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { Alert, atOnceADay, listedAtMost, nextDigest } from "../../domain/reports/alerts.ts";
import { normaliseAddress } from "../../domain/terms/addresses.ts";
import { sells } from "../../domain/terms/levels.ts";
import { effectiveSettings } from "../../domain/terms/settings.ts";
import { dayMs } from "../../domain/terms/trial.ts";
import type { WorkContext } from "../hierarchy/scope.ts";
import { queueNotice } from "../mail/notices.ts";
import {
  alertDigestKey,
  alertPendingKey,
  alertPendingPrefix,
  alertSentKey,
  alertSentPrefix,
  timerKey,
} from "../table/keys.ts";
import { joinTimer, timerPut } from "../table/timers.ts";
import type { Write } from "../table/writes.ts";

/** How long notes about alerts are kept. */
const keptMs = 7 * dayMs;
/** A transaction that was begun before a digest may still end: what is younger waits for the next one. */
const youngMs = 10 * 60_000;
/** Alerts that one digest counts at most. */
const countedAtMost = 1_000;

/** Who hears of a limit: the customer whose it is, and the one that sells to it, each once. Chains begin with the reader. */
function readersOf(chain: Chain): { chain: Chain; audience: "owner" | "seller" }[] {
  const at = chain.findIndex(({ level }, step) => step > 0 && sells(level));
  const [seller, ...above] = at < 0 ? [] : chain.slice(at);
  const same = seller && normaliseAddress(seller.email) === normaliseAddress(chain[0].email);
  return [
    { chain, audience: "owner" },
    ...(seller && !same ? [{ chain: [seller, ...above] as Chain, audience: "seller" as const }] : []),
  ];
}

/** Writes by which one reader hears of alerts: at once, or with the next digest where that was so often enough for a day. */
async function tell(
  context: WorkContext,
  { chain, audience }: { chain: Chain; audience: "owner" | "seller" },
  alerts: readonly Alert[],
): Promise<Write[]> {
  const [{ id, name, contactName, email }] = chain;
  const { alerts: setting, timezone } = effectiveSettings(chain);
  const how = setting.limits.value;
  if (how === "off") return [];
  const now = context.now();
  const at = new Date(now).toISOString();
  const expiresAt = Math.ceil((now + keptMs) / 1000);
  const day = at.slice(0, 10);
  const sent =
    how === "mail" ? await context.db.query({ pk: id, prefix: alertSentPrefix(day), limit: atOnceADay }) : null;
  if (sent && sent.items.length < atOnceADay) {
    const matter = {
      template: "limits" as const,
      audience,
      recipient: contactName ?? name,
      customer: alerts[0]?.customer ?? name,
      alerts: alerts.slice(0, listedAtMost),
      more: Math.max(0, alerts.length - listedAtMost),
      digest: false,
    };
    const key = alertSentKey(id, day, context.id("mail"));
    const mail = await queueNotice(context, chain, matter, email);
    return mail.length === 0
      ? []
      : [...mail, { kind: "put", key, item: { ...key, kind: "alert", expiresAt }, when: [] }];
  }
  const waiting = await context.db.get(timerKey(id, "alert-digest"));
  return [
    ...alerts.map((alert): Write => {
      const key = alertPendingKey(id, at, context.id("mail"));
      return { kind: "put", key, item: { ...key, kind: "alert", alert: JSON.stringify(alert), expiresAt }, when: [] };
    }),
    joinTimer(id, "alert-digest", waiting, nextDigest(timezone.value, now)),
  ];
}

/** The writes by which owner and seller hear of limits that were crossed, in the transaction that remembers them as told. */
export async function alertWrites(context: WorkContext, chain: Chain, alerts: readonly Alert[]): Promise<Write[]> {
  const all = await Promise.all(readersOf(chain).map((reader) => tell(context, reader, alerts)));
  return all.flat();
}

const Pending = z.object({
  sk: z.string(),
  alert: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(Alert),
});

/** The writes of a digest that is due: one mail about all that has waited, and how far that goes. */
export async function digestWrites(context: WorkContext, chain: Chain): Promise<Write[]> {
  const [{ id, name, contactName, email, level }] = chain;
  const { db } = context;
  const now = context.now();
  const key = alertDigestKey(id);
  const marker = await db.get(key);
  const after = typeof marker?.["until"] === "string" ? marker["until"] : undefined;
  const { items } = await db.query({ pk: id, prefix: alertPendingPrefix, after, limit: countedAtMost });
  const all = items.map((item) => Pending.parse(item));
  const bound = alertPendingKey(id, new Date(now - youngMs).toISOString(), "").sk;
  const old = all.filter(({ sk }) => sk < bound);
  // What has just come, and what is beyond a thousand, has a digest of its own.
  const isRest = all.length > old.length || all.length === countedAtMost;
  const again = isRest ? [timerPut(id, "alert-digest", new Date(now + youngMs).toISOString())] : [];
  const last = old.at(-1);
  if (!last) return again;
  const matter = {
    template: "limits" as const,
    audience: sells(level) ? ("seller" as const) : ("owner" as const),
    recipient: contactName ?? name,
    customer: name,
    alerts: old.slice(0, listedAtMost).map(({ alert }) => alert),
    more: Math.max(0, old.length - listedAtMost),
    digest: true,
  };
  const expiresAt = Math.ceil((now + 2 * keptMs) / 1000);
  return [
    ...(await queueNotice(context, chain, matter, email)),
    { kind: "put", key, item: { ...key, kind: "alert-digest", until: last.sk, expiresAt }, when: [] },
    ...again,
  ];
}
