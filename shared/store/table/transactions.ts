import { randomUUID } from "node:crypto";
import { type DynamoDBDocumentClient, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { nameOf, failureOf, pause } from "./failures.ts";
import { place } from "./items.ts";
import { tableShape } from "./shape.ts";
import { type Item, itemBytes, type Meter, writeUnits } from "./units.ts";
import { afterUpdate, Contended, Stale, toTransactItem, type Write } from "./writes.ts";

const indexUnits = (item: Item): number => {
  let units = 0;
  const { due, history } = tableShape.indexes;
  if (item[due.partitionKey] !== undefined) units += 1;
  if (item[history.partitionKey] !== undefined) units += writeUnits(itemBytes(item));
  return units;
};

/**
 * Counts what writes cost by AWS's rules, as far as the items before them are known.
 * @param times 2 for a transaction, 1 for a write by itself
 */
export function countWrites(
  writes: readonly Write[],
  known: ReadonlyMap<string, Item>,
  meter: Meter,
  times: 1 | 2,
): void {
  for (const write of writes) {
    if (write.kind === "check") {
      meter.read(2);
      continue;
    }
    const before = known.get(place(write.key));
    const old = before ? writeUnits(itemBytes(before)) : 1;
    const after = write.kind === "put" ? write.item : write.kind === "update" ? afterUpdate(before, write) : undefined;
    meter.write(times * Math.max(old, after ? writeUnits(itemBytes(after)) : 1) + indexUnits(after ?? before ?? {}));
  }
}

/** What a cancelled transaction means: the first write whose condition failed says it, or asks for fresh reads; else contention. */
export const cancellation = (writes: readonly Write[], codes: readonly (string | undefined)[]): Error => {
  const failed = writes.find((_, index) => codes[index] === "ConditionalCheckFailed");
  if (failed) return failed.otherwise ?? new Stale("A condition no longer holds.");
  return new Contended(codes.filter((code) => code !== undefined && code !== "None").join(", "));
};

/** Sends writes as one transaction. @throws what `Database.commit` says */
export async function sendTransaction(
  client: DynamoDBDocumentClient,
  TableName: string,
  writes: readonly Write[],
): Promise<void> {
  const command = new TransactWriteCommand({
    TransactItems: writes.map((write) => toTransactItem(TableName, write)),
    // The same token on every attempt: an attempt whose answer was lost is not carried out a second time.
    ClientRequestToken: randomUUID(),
  });
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.send(command);
      return;
    } catch (error) {
      if (nameOf(error) === "TransactionCanceledException") {
        const reasons = (error as { CancellationReasons?: { Code?: string }[] }).CancellationReasons ?? [];
        const codes = reasons.map(({ Code }) => Code);
        if (codes.includes("ValidationError") || codes.includes("ItemCollectionSizeLimitExceeded")) throw error;
        throw cancellation(writes, codes);
      }
      const failure = failureOf(error);
      if (failure === error || attempt === 2) throw failure;
      await pause(25 * 2 ** attempt);
    }
  }
}
