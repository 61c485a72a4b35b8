import { gunzipSync, gzipSync } from "node:zlib";
import { contentKeptDays } from "../../domain/reports/run.ts";
import { Report } from "../../domain/reports/report.ts";
import { dayMs } from "../../domain/terms/trial.ts";
import type { Database } from "../table/database.ts";
import { reportContentKey, reportContentPartition } from "../table/keys.ts";

/** Bytes of one item, which may have 400 kB; it holds them in Base64. */
const chunkBytes = 250_000;

/** What a report said, with its CSV file if it has one. */
export interface ReportContent {
  report: Report;
  csv: string | null;
  csvTooLarge: boolean;
}

/** Keeps what a report says, packed, before the mails that tell it are queued. Written twice under one id it is the same. */
export async function saveContent(db: Database, id: string, content: ReportContent, now: number): Promise<void> {
  const packed = gzipSync(JSON.stringify(content));
  const expiresAt = Math.ceil((now + contentKeptDays * dayMs) / 1000);
  const parts = Math.ceil(packed.length / chunkBytes);
  const chunks = Array.from({ length: parts }, (_, nth) => ({
    key: reportContentKey(id, nth),
    item: {
      ...reportContentKey(id, nth),
      kind: "report-content",
      parts,
      data: packed.subarray(nth * chunkBytes, (nth + 1) * chunkBytes).toString("base64"),
      expiresAt,
    },
  }));
  await db.putAll(chunks);
}

/** What a report said; null where it is not kept any more. */
export async function readContent(db: Database, id: string): Promise<ReportContent | null> {
  const { items } = await db.query({ pk: reportContentPartition(id), limit: 100 });
  const [first] = items;
  if (!first || items.length !== first["parts"]) return null;
  const packed = Buffer.concat(items.map(({ data }) => Buffer.from(String(data), "base64")));
  const { report, csv, csvTooLarge } = JSON.parse(gunzipSync(packed).toString("utf8")) as ReportContent;
  return { report: Report.parse(report), csv, csvTooLarge };
}
