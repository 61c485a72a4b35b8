import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import { parse } from "csv-parse/sync";
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { csvLine } from "../../../shared/domain/reports/csv.ts";
import {
  setReportAtMost,
  setReportCells,
  setReportColumns,
  totalsOf,
} from "../../../shared/domain/reports/set-report.ts";
import { jobKey } from "../../../shared/store/table/keys.ts";
import type { Reply } from "../../support/api.ts";
import { dayMs, expectRefusal } from "../stages/book.ts";
import { type Enrolled, type Fleet, openFleet } from "../stages/fleet.ts";

type Body = Reply["body"];

let fleet: Fleet;
let device: Enrolled;
let setId: string;
let serial = 0;
beforeAll(async () => {
  fleet = await openFleet();
  device = await fleet.device();
  ({ id: setId } = await fleet.ownSet(device));
});

const ended = async (type: string, status: string, agoMs: number, more: object = {}): Promise<Body> => {
  const times = { startedAt: fleet.at(-agoMs - 60_000), endedAt: fleet.at(-agoMs) };
  const body = { jobId: `job-${(serial += 1)}`, backupSetId: setId, type, status, bytes: 100, files: 2, ...times };
  return fleet.ok("reportJob", { body: { ...body, ...more } }, { token: device.token });
};
const reportOn = (query: Record<string, string> = {}): Promise<Body> =>
  fleet.ok("getSetReport", { params: { id: setId }, query });
const fileOf = async (query: Record<string, string> = {}): Promise<string> => {
  const reply = await fleet.call("getSetReportCsv", { params: { id: setId }, query });
  expect([reply.status, reply.headers["content-type"]]).toEqual([200, "text/csv; charset=utf-8"]);
  return String(reply.body);
};

describe("the report of a backup set", () => {
  test("of one without jobs says so for every type", async () => {
    const report = await reportOn();
    expect(report).toMatchObject({
      backupSet: { id: setId, name: expect.any(String) },
      device: { id: device.id },
      customer: { id: device.customerId },
      jobs: [],
    });
    expect(report.totals.map(({ type, lastGoodAt }: Body) => [type, lastGoodAt])).toEqual([
      ["backup", null],
      ["restore", null],
      ["delete", null],
      ["replication", null],
    ]);
    expect(Date.parse(report.to) - Date.parse(report.from)).toBe(30 * dayMs);
    expect(report.asOf).toBe(report.to);
  });

  test("adds up the jobs of the period by type, and lists them; the file has the same", async () => {
    await ended("backup", "succeeded", 40 * dayMs);
    const good = await ended("backup", "succeeded", 3 * dayMs);
    await ended("backup", "failed", 2 * dayMs, { errors: ["=1+1", "second"] });
    const partly = await ended("backup", "warning", dayMs, { errors: ['said "no", then'] });
    const removed = await ended("delete", "succeeded", dayMs / 2, { bytes: 7, files: 1 });

    const report = await reportOn();
    expect(report.totals.slice(0, 3)).toEqual([
      { type: "backup", succeeded: 1, warning: 1, failed: 1, bytes: 200, files: 4, lastGoodAt: partly.endedAt },
      { type: "restore", succeeded: 0, warning: 0, failed: 0, bytes: 0, files: 0, lastGoodAt: null },
      { type: "delete", succeeded: 1, warning: 0, failed: 0, bytes: 7, files: 1, lastGoodAt: removed.endedAt },
    ]);
    expect(report.jobs).toHaveLength(4);
    expect(report.jobs[0]).toEqual({
      jobId: good.jobId,
      type: "backup",
      status: "succeeded",
      startedAt: good.startedAt,
      endedAt: good.endedAt,
      bytes: 100,
      files: 2,
      errors: 0,
      firstError: null,
    });
    expect(report.jobs[1]).toMatchObject({ errors: 2, firstError: "=1+1" });

    const file = await fileOf();
    expect(file.startsWith("\ufeffjob_id,type,")).toBe(true);
    const rows = parse(file, { bom: true, columns: true }) as Record<string, string>[];
    expect(rows.map(({ job_id }) => job_id)).toEqual(report.jobs.map(({ jobId }: Body) => jobId));
    // What a spreadsheet would calculate is text.
    expect(rows[1]).toMatchObject({ errors: "2", first_error: "'=1+1" });
    expect(rows[2]).toMatchObject({ first_error: 'said "no", then' });
  });

  test("covers the period and the type that are asked for", async () => {
    expect((await reportOn({ from: fleet.at(-50 * dayMs) })).jobs).toHaveLength(5);
    expect((await reportOn({ to: fleet.at(-20 * dayMs) })).jobs).toHaveLength(1);
    expect((await reportOn({ from: fleet.at(-60 * dayMs), to: fleet.at(-45 * dayMs) })).jobs).toEqual([]);
    const deleted = await reportOn({ type: "delete" });
    expect([deleted.totals.length, deleted.jobs.length]).toEqual([1, 1]);
    expect((await fileOf({ type: "restore" })).split("\r\n")).toHaveLength(2);
  });

  test("refuses a period that has more jobs than it holds, and takes a shorter one", async () => {
    const { id } = await fleet.ownSet(device);
    // As long as an error may be, in letters of three bytes: some 1,800 bytes for each job.
    const began = (nth: number): string => new Date(fleet.now() - nth * 60_000).toISOString();
    const items = Array.from({ length: 2_500 }, (_, nth) => ({
      ...jobKey(id, "backup", began(nth), `many-${nth}`),
      kind: "job",
      jobId: `many-${nth}`,
      deviceId: device.id,
      backupSetId: id,
      type: "backup",
      status: "failed",
      startedAt: began(nth),
      endedAt: began(nth),
      reportedAt: began(nth),
      bytes: 0,
      files: 0,
      errors: ["語".repeat(500)],
    }));
    const { documents, tableName } = fleet.table;
    for (let start = 0; start < items.length; start += 25) {
      const puts = items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
      await documents.send(new BatchWriteCommand({ RequestItems: { [tableName]: puts } }));
    }
    for (const operation of ["getSetReport", "getSetReportCsv"] as const)
      expectRefusal(await fleet.call(operation, { params: { id } }), 422, "invalid_time");
    const from = began(1_000);
    const { totals, jobs } = await fleet.ok("getSetReport", { params: { id }, query: { from } });
    // A job that began in the very moment of the beginning belongs to the period before.
    expect([totals[0].failed, jobs.length]).toEqual([1_000, 1_000]);
    expect(JSON.stringify(jobs).length).toBeLessThan(setReportAtMost);
  });

  test("refuses a period that cannot be", async () => {
    const call = (query: Record<string, string>) => fleet.call("getSetReport", { params: { id: setId }, query });
    expectRefusal(await call({ to: fleet.at(dayMs) }), 422, "invalid_time");
    const moment = fleet.at(-dayMs);
    expectRefusal(await call({ from: moment, to: moment }), 422, "invalid_time");
    expectRefusal(await call({ from: "yesterday" }), 400, "invalid_request");
    expectRefusal(await call({ type: "backups" }), 400, "invalid_request");
  });
});

test("the sums of any jobs are those of the rows, and every row is one line of the file", () => {
  const row = fc.record({
    jobId: fc.string({ minLength: 1 }),
    type: fc.constantFrom("backup", "restore", "delete", "replication"),
    status: fc.constantFrom("succeeded", "warning", "failed"),
    startedAt: fc.constant("2026-03-01T00:00:00.000Z"),
    endedAt: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    bytes: fc.maxSafeNat(),
    files: fc.nat(),
    errors: fc.nat(100),
    firstError: fc.option(fc.string({ unit: "grapheme" })),
  });
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const totals = totalsOf(["backup", "restore", "delete", "replication"], rows);
      const counted = totals.reduce((sum, { succeeded, warning, failed }) => sum + succeeded + warning + failed, 0);
      expect(counted).toBe(rows.length);
      expect(totals.every(({ bytes }) => Number.isSafeInteger(bytes))).toBe(true);
      const file = [setReportColumns, ...rows.map(setReportCells)].map(csvLine).join("");
      expect(parse(file, { relax_column_count: false })).toHaveLength(rows.length + 1);
    }),
  );
});
