import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import { AttentionCode } from "../../shared/domain/devices/attention.ts";
import { byteOrderMark, csvLine } from "../../shared/domain/reports/csv.ts";
import { type DeviceRow, largest, type Report, rowsAtMost, worstFirst } from "../../shared/domain/reports/report.ts";
import { LogEntryType } from "../../shared/domain/hierarchy/log-entry.ts";
import { compose } from "../../shared/mail/compose.ts";
import { renderReport, shownBytes } from "../../shared/mail/reports/render.ts";
import { languages, look } from "./matters.ts";

const nasty = `<script>alert(1)</script> "& 'x' \u202e`;
const row = (nth: number, more: Partial<DeviceRow> = {}): DeviceRow => ({
  device: `SRV-${nth} ${"x".repeat(40)}`,
  customer: `Customer ${nth}`,
  code: AttentionCode.options[nth % AttentionCode.options.length] ?? null,
  since: "2026-11-20T10:00:00.000Z",
  lastSuccessAt: nth % 3 === 0 ? null : "2026-11-19T10:00:00.000Z",
  failuresSinceSuccess: nth % 4,
  usedBytes: nth * 1_000_000,
  ...more,
});
const figures = { devices: 214, protected: 211, attention: 3, usedBytes: 2 ** 40, allottedBytes: 2 ** 41 };
const common = {
  customer: { id: `cus_${"0".repeat(26)}`, level: "reseller" as const, name: "Nussbaum IT" },
  asOf: "2026-11-27T05:30:00.000Z",
  from: "2026-11-26T05:30:00.000Z",
  to: "2026-11-27T05:30:00.000Z",
  missed: 0,
  figures,
  before: { ...figures, attention: 1, protected: 213 },
  trend: [1, 2, 1],
};
const watchlist = (more: object = {}): Report => ({
  kind: "watchlist",
  ...common,
  reasons: [{ code: "overdue", count: 3 }],
  rows: [row(1), row(2), row(3)],
  more: 0,
  ...more,
});
const all: Report[] = [
  watchlist(),
  { ...watchlist(), kind: "consolidated" } as Report,
  {
    kind: "all-customers",
    ...common,
    customers: 1,
    more: 0,
    rows: [
      {
        name: nasty,
        level: "reseller",
        depth: 0,
        active: false,
        inTrial: true,
        devices: 3,
        attention: 1,
        licences: 5,
        licencesUsedToDate: 4,
        allottedBytes: 5,
        usedBytes: 4,
      },
    ],
  },
  {
    kind: "event-log",
    ...common,
    events: LogEntryType.options.length,
    more: 0,
    rows: LogEntryType.options.map((type) => ({
      type,
      count: 1,
      lastAt: common.asOf,
      names: [nasty],
      actors: { apiKey: 1, somebodyNew: 1 },
    })),
  },
  {
    kind: "activity",
    ...common,
    jobs: [{ type: "backup", succeeded: 5, warning: 1, failed: 2, bytes: 9 }],
    more: 0,
    rows: [{ device: nasty, customer: nasty, type: "backup", at: common.asOf, error: nasty }],
  },
];
const rendered = (report: Report, locale = "en", more: object = {}) =>
  renderReport(
    { report, csv: null, csvTooLarge: false, ...more },
    { ...look, locale, timezone: "Europe/Berlin" },
    "https://api.example/v1/unsubscribe/tu_x",
  );

describe.each(languages)("in %s", (locale) => {
  test.each(all.map((report) => [report.kind, report] as const))(
    "%s says everything in words, and lets no name become markup",
    async (_, report) => {
      const { subject, text, html } = await rendered(report, locale);
      for (const part of [subject, text, html]) expect(part).not.toMatch(/undefined|NaN|\[object|null/);
      expect(html).not.toMatch(/<script|<img[^>]+src="(?!https)/);
      expect(html).not.toContain("\u202e");
      expect(text).toContain("https://api.example/v1/unsubscribe/tu_x");
      expect(html).toContain('href="https://api.example/v1/unsubscribe/tu_x"');
    },
  );
});

test.each([
  ["en", "1 customer, the only device is protected", "1 customer, all 214 devices are protected"],
  ["de", "1 Kunde, das einzige Gerät ist geschützt", "1 Kunde, alle 214 Geräte sind geschützt"],
])("on all customers carries both verdicts as one sentence in %s", async (locale, one, many) => {
  const of = (devices: number) =>
    rendered({ ...all[2], figures: { ...figures, devices, protected: devices, attention: 0 } } as Report, locale);
  expect((await of(1)).subject).toBe(`${one} – Nussbaum IT`);
  expect((await of(214)).subject).toBe(`${many} – Nussbaum IT`);
});

test("calls subscriptions in an event log by the name of their kind", async () => {
  const log = (type: string): Report =>
    ({ ...all[3], rows: [{ type, count: 1, lastAt: common.asOf, names: ["event-log"], actors: {} }] }) as Report;
  expect((await rendered(log("ReportSubscriptionCreated"), "de")).text).not.toContain("event-log");
  expect((await rendered(log("CustomerCreated"), "de")).text).toContain("event-log");
});

test.each([
  ["en", 1, 0, "The only job succeeded"],
  ["en", 0, 1, "The only job failed"],
  ["en", 3, 0, "All 3 jobs succeeded"],
  ["en", 2, 1, "1 of 3 jobs failed"],
  ["de", 1, 0, "Der einzige Vorgang war erfolgreich"],
  ["de", 0, 1, "Der einzige Vorgang ist fehlgeschlagen"],
  ["de", 2, 1, "1 von 3 Vorgängen fehlgeschlagen"],
])("says in %s of %i jobs that succeeded and %i that failed: %s", async (locale, succeeded, failed, verdict) => {
  const jobs = [{ type: "backup" as const, succeeded, warning: 0, failed, bytes: 9 }];
  const { subject } = await rendered({ kind: "activity", ...common, jobs, more: 0, rows: [] }, locale);
  expect(subject.startsWith(`${verdict} – `)).toBe(true);
});

test("says one licence and several, and names that are all there is without an ellipsis", async () => {
  const customers = all.find((report) => report.kind === "all-customers");
  const events = all.find((report) => report.kind === "event-log");
  if (customers?.kind !== "all-customers" || events?.kind !== "event-log") throw new Error("There is such a report.");
  const licences = async (licencesUsedToDate: number): Promise<string> =>
    (
      await rendered({
        ...customers,
        rows: customers.rows.map((row) => ({ ...row, licences: null, licencesUsedToDate })),
      })
    ).text;
  expect(await licences(1)).toContain("1 licence used");
  expect(await licences(2)).toContain("2 licences used");
  const named = async (...names: string[]): Promise<string> =>
    (await rendered({ ...events, rows: events.rows.slice(0, 1).map((row) => ({ ...row, count: 9, names })) })).text;
  expect(await named("One", "Two")).toMatch(/One, Two$/m);
  expect(await named("One", "Two", "Three")).toMatch(/One, Two, Three, …$/m);
});

test("carries the verdict in its subject", async () => {
  expect((await rendered(watchlist())).subject).toBe("3 of 214 devices need attention – Nussbaum IT");
  expect((await rendered(watchlist(), "de")).subject).toBe("3 von 214 Geräten brauchen Aufmerksamkeit – Nussbaum IT");
  const one = watchlist({ figures: { ...figures, attention: 1 } });
  expect((await rendered(one)).subject).toBe("1 of 214 devices needs attention – Nussbaum IT");
});

test("tells the change since the report before, and where there was none tells none", async () => {
  const { text } = await rendered(watchlist());
  expect(text).toContain("Protected: 211 (−2)");
  expect(text).toContain("Need attention: 3 (+2)");
  expect(text).toMatch(/Used: 1\sTiB of 2\sTiB \(unchanged\)/);
  expect((await rendered(watchlist({ before: null }))).text).toContain("Protected: 211\n");
});

test("with nothing wrong is short, and says so", async () => {
  const calm = { ...figures, attention: 0, protected: 214 };
  const { subject, text, html } = await rendered(watchlist({ figures: calm, reasons: [], rows: [], trend: [0, 0, 0] }));
  expect(subject).toBe("All 214 devices are protected – Nussbaum IT");
  expect(text).toContain("Nothing needs your attention.");
  expect(html.length).toBeLessThan(6_000);
});

test("with as many rows as it may have stays below what mail services cut off", async () => {
  const rows = Array.from({ length: rowsAtMost }, (_, nth) => row(nth));
  const { html, text } = await rendered(watchlist({ rows, more: 1_812 }), "de");
  expect(Buffer.byteLength(html)).toBeLessThan(shownBytes);
  expect(text).toContain("und 1.812 weitere");
});

test("has its file attached, and one click that unsubscribes", async () => {
  const csv = byteOrderMark + csvLine(["a", "ü"]);
  const from = { name: "Backup", address: "backup@example.com" };
  const envelope = {
    from,
    to: from,
    mailId: "mai_1",
    at: new Date(0),
    unsubscribeUrl: "https://api.example/v1/unsubscribe/tu_x",
  };
  const { attachments, ...mail } = await rendered(watchlist(), "en", { csv });
  const raw = Buffer.from(await compose({ ...mail, attachments }, envelope));
  const parsed = await simpleParser(raw);
  expect(parsed.attachments.map(({ filename, contentType }) => [filename, contentType])).toEqual([
    ["watchlist-2026-11-27.csv", "text/csv"],
  ]);
  expect(parsed.attachments[0]?.content.toString("utf8")).toBe(csv);
  expect(raw.toString("utf8")).toMatch(/^List-Unsubscribe: <https:\/\/api\.example\/v1\/unsubscribe\/tu_x>\r$/m);
  expect(raw.toString("utf8")).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
});

describe("a CSV file", () => {
  test("is what RFC 4180 says, and calculates nothing", () => {
    expect(csvLine(["a", 'b"c', "d,e", "f\ng", 5, null, true])).toBe('a,"b""c","d,e","f\ng",5,,true\r\n');
    for (const text of ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "|x"]) expect(csvLine([text])).toMatch(/^"'/);
    expect(csvLine(["Müller & Söhne"])).toBe("Müller & Söhne\r\n");
  });
});

test("the worst devices are kept, however many are seen, in memory for few", () => {
  const kept = largest(5, worstFirst);
  for (let nth = 0; nth < 1_000; nth += 1) kept.add(row(nth));
  const { rows, more } = kept.result();
  expect(rows.map(({ code }) => code)).toEqual(Array(5).fill("identity_conflict"));
  expect(more).toBe(995);
});
