import * as z from "zod";
import type { Told } from "../../domain/usage/thresholds.ts";
import type { Database } from "../table/database.ts";
import { toldKey } from "../table/keys.ts";
import type { Write } from "../table/writes.ts";
import { isAfter } from "../table/stream.ts";

const ToldItem = z.object({ told: z.record(z.string(), z.int()), sequence: z.string() });

/** What has been told of the limits of one customer or account, up to a place of the stream. */
export interface ToldState {
  told: Told;
  /** Writes what is told now, on the condition that nobody has told anything meanwhile. */
  save: (told: Told, sequence: string) => Write;
}

/**
 * What has been told of the limits of a customer or an account.
 * @returns null where a change at `sequence` or a later one has been looked at already
 */
export async function readTold(
  db: Database,
  customerId: string,
  nodeId: string,
  sequence: string,
): Promise<ToldState | null> {
  const key = toldKey(customerId, nodeId);
  const item = await db.get(key);
  const known = item ? ToldItem.parse(item) : null;
  if (known && !isAfter(sequence, known.sequence)) return null;
  return {
    told: known?.told ?? {},
    save: (told, at) => ({
      kind: "put",
      key,
      item: { ...key, kind: "told", told, sequence: at },
      when: [known ? { attribute: "sequence", is: known.sequence } : { exists: false }],
    }),
  };
}
