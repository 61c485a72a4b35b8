import * as z from "zod";
import { type AttentionCode, reasonCounter } from "../../domain/devices/attention.ts";
import type { Database } from "../table/database.ts";
import { deviceReasonPrefix, type Key, watchKey, watchPrefix } from "../table/keys.ts";
import { DeviceLink } from "../devices/device-records.ts";

/*
 * The devices of a branch that need attention are found along the links of the branches that have some, reason by reason. What is well costs nothing:
 * a customer without trouble has no such link at its parent.
 */

/** Where a walk goes on: at a customer, told by the ids from below the top down to it, after one of its devices. */
export const WalkPosition = z.object({ trail: z.array(z.string()).max(6), after: z.string() });
export type WalkPosition = z.infer<typeof WalkPosition>;

/** A device that needs attention for a reason, as the walk finds it. */
export interface Found {
  /** Ids from below the top down to its customer; none where that is the top itself. */
  trail: string[];
  customerId: string;
  deviceId: string;
  accountId: string | null;
  position: WalkPosition;
}

/** Children that are read at once, and children into which a walk goes side by side at most. */
const childrenOfPage = 100;
const asideAtMost = 16;

/** What of a walk stays the same on the way down. */
interface Walk {
  db: Database;
  code: AttentionCode;
}

async function ownDevices(
  { db, code }: Walk,
  customerId: string,
  trail: string[],
  after: string | undefined,
  want: number,
): Promise<Found[]> {
  const prefix = deviceReasonPrefix(code);
  const { items } = await db.query({ pk: customerId, prefix, after, limit: want });
  return items.map((item) => {
    const { id: deviceId, accountId } = DeviceLink.parse(item);
    return { trail, customerId, deviceId, accountId, position: { trail, after: String(item["sk"]) } };
  });
}

/** The children of a customer in whose branches devices need attention for the reason, after one of them, page by page. */
async function* childrenWith(
  { db, code }: Walk,
  parentId: string,
  after: string | undefined,
): AsyncGenerator<string[]> {
  let start: Key["sk"] | undefined = after === undefined ? undefined : watchPrefix + after;
  do {
    const page = await db.query({ pk: parentId, prefix: watchPrefix, after: start, limit: childrenOfPage });
    yield page.items
      .filter((item) => Number(item[reasonCounter(code)] ?? 0) > 0)
      .map(({ sk }) => String(sk).slice(watchPrefix.length));
    start = page.last?.sk;
  } while (start !== undefined);
}

/**
 * Devices of a branch that need attention for one reason: those of the customer itself, the oldest reason first, then branch by branch.
 * @param from where an earlier walk ended; null: from the beginning
 * @returns `want` at most; fewer only where there are no more
 */
async function collect(
  walk: Walk,
  topId: string,
  trail: string[],
  from: WalkPosition | null,
  want: number,
): Promise<Found[]> {
  const found: Found[] = [];
  const [head, ...rest] = from?.trail ?? [];
  if (from === null || head === undefined) found.push(...(await ownDevices(walk, topId, trail, from?.after, want)));
  // Where the branch that a walk ended in has no trouble any more, or has gone, it goes on behind it.
  else if (await walk.db.get(watchKey(topId, head)))
    found.push(...(await collect(walk, head, [...trail, head], { trail: rest, after: from.after }, want)));
  if (found.length >= want) return found;
  let aside = 1;
  for await (const children of childrenWith(walk, topId, head))
    for (let start = 0; start < children.length;) {
      const group = children.slice(start, start + aside);
      start += group.length;
      const room = want - found.length;
      const below = await Promise.all(group.map((child) => collect(walk, child, [...trail, child], null, room)));
      found.push(...below.flat().slice(0, room));
      if (found.length >= want) return found;
      aside = Math.min(asideAtMost, aside * 2);
    }
  return found;
}

/** `collect` from the top of a branch. */
export const devicesWith = (
  db: Database,
  code: AttentionCode,
  topId: string,
  from: WalkPosition | null,
  want: number,
): Promise<Found[]> => collect({ db, code }, topId, [], from, want);
