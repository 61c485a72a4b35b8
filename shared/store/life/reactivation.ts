import { type Chain, effectivelyActive } from "../../domain/hierarchy/customer.ts";
import { sells } from "../../domain/terms/levels.ts";
import { dayMs } from "../../domain/terms/trial.ts";
import { loadChain } from "../hierarchy/branch.ts";
import { logWrite } from "../hierarchy/log.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { queueNotice } from "../mail/notices.ts";
import { reactivationKey } from "../table/keys.ts";
import { insert, type Write } from "../table/writes.ts";

/** How often a customer may ask at most: whoever is asked gets a mail each time. */
const askEveryMs = dayMs;

/** The request of a caller whose own customer, or a level above it, is deactivated. */
export const reactivationStore = (context: StoreContext) => ({
  /**
   * The request for reactivation of the caller's own customer: its log entry, and the mail to the one that sells to it. Nothing is written where
   * nothing is deactivated, where there is nobody above, and where it was asked for in the last 24 hours.
   * @returns when it was asked for; null: there is nothing to ask for
   */
  async ask(): Promise<{ active: boolean; askedAt: string | null; writes: Write[] }> {
    const { db, caller } = context;
    const key = reactivationKey(caller.scopeId);
    db.prefetch([key]);
    const [own, ...above] = await loadChain(context, caller.scopeId);
    const active = effectivelyActive([own, ...above]);
    const seller = above.findIndex(({ level }) => sells(level));
    const [to, ...beyond] = above.slice(seller);
    if (active || seller < 0 || to === undefined) return { active, askedAt: null, writes: [] };
    const now = context.now();
    const before = (await db.get(key))?.["askedAt"];
    if (typeof before === "string" && now < Date.parse(before) + askEveryMs)
      return { active, askedAt: before, writes: [] };
    const askedAt = new Date(now).toISOString();
    const item = { kind: "reactivation", askedAt, expiresAt: Math.ceil((now + askEveryMs) / 1000) };
    const chain: Chain = [to, ...beyond];
    const matter = {
      template: "reactivation-requested" as const,
      recipient: to.contactName ?? to.name,
      customer: own.name,
      deactivated: own.active ? ("above" as const) : ("itself" as const),
    };
    const { id, level, name } = own;
    return {
      active,
      askedAt,
      writes: [
        typeof before === "string"
          ? { kind: "update", key, set: item, add: {}, when: [{ attribute: "askedAt", is: before }] }
          : insert(key, item),
        ...(await queueNotice(context, chain, matter, to.email)),
        logWrite(context, [own, ...above], { type: "ReactivationRequested", node: { id, level, name } }),
      ],
    };
  },
});
