import { expect } from "vitest";
import { changesOf, type TableRecord } from "../../fleet/table-stream.ts";
import type { TestApi } from "../../support/api.ts";

/** Brings records of the table's stream to the consumers that add usage up. */
export async function consumeUsage(api: TestApi, records: readonly TableRecord[]): Promise<void> {
  for (const [kind, file] of [
    ["device", "functions/stream/roll-up.ts"],
    ["customer", "functions/stream/roll-up.ts"],
  ] as const) {
    const of = changesOf(kind, records);
    for (let start = 0; start < of.length; start += 500)
      expect(await api.invoke(file, { Records: structuredClone(of.slice(start, start + 500)) })).toEqual({
        batchItemFailures: [],
      });
  }
}

/** Brings all that was committed to those consumers, and what they commit in their turn. */
export async function settleStream(api: TestApi, stream: { next: () => Promise<TableRecord[]> }): Promise<void> {
  for (let records = await stream.next(); ; records = await stream.next()) {
    if (changesOf("device", records).length + changesOf("customer", records).length === 0) return;
    await consumeUsage(api, records);
  }
}
