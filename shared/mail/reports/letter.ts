import { type AttentionCode, AttentionCode as Codes } from "../../domain/devices/attention.ts";
import {
  type CustomerRow,
  type DeviceRow,
  eventNamesAtMost,
  type EventRow,
  type FailureRow,
  type Figures,
  type Report,
} from "../../domain/reports/report.ts";
import type { Formats } from "../formats.ts";
import { plainLine } from "../plain-line.ts";
import type { ReportTexts } from "./texts.ts";

/** How bad a line is; its mark has a colour, and its words say the same. */
export type Severity = "bad" | "warning" | "good" | "none";

/** One of the figures at the top, with its change since the report before. */
export interface Figure {
  label: string;
  value: string;
  note: string | null;
  change: string | null;
  severity: Severity;
}
/** A line of bars: a label, a count, and its share of the longest. */
export interface Bar {
  label: string;
  value: string;
  share: number;
  severity: Severity;
}
/** A thing of a list: what it is, and lines about it. */
export interface Entry {
  title: string;
  aside: string | null;
  lines: string[];
  severity: Severity;
  /** Steps to the right, in a tree. */
  depth: number;
}
/** A piece of a report. */
export type Section =
  | { kind: "bars"; title: string; bars: Bar[] }
  | { kind: "trend"; title: string; values: number[] }
  | { kind: "entries"; title: string; entries: Entry[]; more: string | null }
  | { kind: "note"; text: string };

/** A report in words, before it is text or HTML. */
export interface ReportLetter {
  subject: string;
  title: string;
  intro: string;
  asOf: string;
  figures: Figure[];
  sections: Section[];
  why: string;
}

/** What a report is written with. */
export interface ReportWriting {
  texts: ReportTexts;
  formats: Formats;
}

const severityOf = (code: AttentionCode | null): Severity => {
  if (code === null) return "good";
  return Codes.options.indexOf(code) < Codes.options.indexOf("quota_high") ? "bad" : "warning";
};

/** A difference with its sign; an unchanged figure says so. */
const changeOf = (
  now: number,
  before: number | undefined,
  write: (size: number) => string,
  unchanged: string,
): string | null => {
  if (before === undefined) return null;
  if (now === before) return unchanged;
  return `${now > before ? "+" : "−"}${write(Math.abs(now - before))}`;
};

function figuresOf({ figures, before }: Report, { texts, formats }: ReportWriting): Figure[] {
  const { labels } = texts;
  const of = (name: "protected" | "attention", label: string, severity: Severity): Figure => ({
    label,
    value: formats.count(figures[name]),
    note: null,
    change: changeOf(figures[name], before?.[name], formats.count, labels.unchanged),
    severity,
  });
  const { usedBytes, allottedBytes } = figures;
  return [
    of("protected", labels.protected, "good"),
    of("attention", labels.attention, figures.attention > 0 ? "bad" : "good"),
    {
      label: labels.used,
      value: formats.amount(usedBytes),
      note: allottedBytes === null ? null : labels.of(formats.amount(allottedBytes)),
      change: changeOf(usedBytes, before?.usedBytes, formats.amount, labels.unchanged),
      severity: allottedBytes !== null && usedBytes >= allottedBytes * 0.9 ? "warning" : "none",
    },
  ];
}

const devicesVerdict = ({ devices, attention }: Figures, { texts, formats }: ReportWriting): string =>
  devices === 0 && attention === 0
    ? texts.noDevices
    : texts.devices(attention, Math.max(devices, attention), {
        attention: formats.count(attention),
        devices: formats.count(Math.max(devices, attention)),
      });

/** Words that begin with a small letter behind others. No verdict begins with a noun, which German would keep as it is. */
const withinSentence = (words: string): string => words.charAt(0).toLowerCase() + words.slice(1);

/** What a report comes to, in a few words. */
function verdictOf(report: Report, writing: ReportWriting): string {
  const { texts, formats } = writing;
  switch (report.kind) {
    case "watchlist":
    case "consolidated":
      return devicesVerdict(report.figures, writing);
    case "all-customers":
      return report.customers === 0
        ? devicesVerdict(report.figures, writing)
        : `${texts.customers(report.customers, formats.count(report.customers))}, ${withinSentence(devicesVerdict(report.figures, writing))}`;
    case "event-log":
      return texts.events(report.events, formats.count(report.events));
    case "activity": {
      const failed = report.jobs.reduce((sum, job) => sum + job.failed, 0);
      const all = report.jobs.reduce((sum, job) => sum + job.succeeded + job.warning + job.failed, 0);
      return texts.jobs(failed, { failed: formats.count(failed), all: formats.count(all) }, all);
    }
  }
}

function barsOf(
  title: string,
  bars: { label: string; count: number; severity: Severity }[],
  { formats }: ReportWriting,
): Section[] {
  const most = Math.max(...bars.map(({ count }) => count), 1);
  if (bars.length === 0) return [];
  const written = bars.map(({ label, count, severity }) => ({
    label,
    value: formats.count(count),
    share: count / most,
    severity,
  }));
  return [{ kind: "bars", title, bars: written }];
}

const trendOf = ({ trend, figures }: Report, { texts }: ReportWriting): Section[] => {
  const values = [...trend, figures.attention];
  return values.length < 3 || values.every((value) => value === 0)
    ? []
    : [{ kind: "trend", title: texts.labels.trend, values }];
};

const entriesOf = (title: string, entries: Entry[], more: number, { texts, formats }: ReportWriting): Section[] =>
  entries.length === 0
    ? []
    : [{ kind: "entries", title, entries, more: more > 0 ? texts.more(more, formats.count(more)) : null }];

function deviceEntry(row: DeviceRow, { texts, formats }: ReportWriting): Entry {
  const { labels, reasons } = texts;
  const { code, since, lastSuccessAt, failuresSinceSuccess: failures } = row;
  const reason = code === null ? null : reasons[code];
  const last = `${labels.lastSuccess}: ${lastSuccessAt === null ? labels.never : formats.shortMoment(lastSuccessAt)}`;
  return {
    title: plainLine(row.device),
    aside: plainLine(row.customer),
    lines: [
      reason === null
        ? labels.fine
        : `${reason.what}${since === null ? "" : `, ${labels.since} ${formats.shortMoment(since)}`}`,
      failures > 0
        ? `${last}; ${labels.failuresSince(failures, formats.count(failures), lastSuccessAt === null)}`
        : last,
      ...(reason === null ? [`${labels.usedBytes}: ${formats.amount(row.usedBytes)}`] : [reason.todo]),
    ],
    severity: severityOf(code),
    depth: 0,
  };
}

function customerEntry(row: CustomerRow, { texts, formats }: ReportWriting): Entry {
  const { labels, levels } = texts;
  const used = formats.amount(row.usedBytes);
  const state = [...(row.active ? [] : [labels.inactive]), ...(row.inTrial ? [labels.inTrial] : [])];
  return {
    title: plainLine(row.name),
    aside: [levels[row.level], ...state].join(", "),
    lines: [
      [
        labels.deviceCount(row.devices, formats.count(row.devices)),
        ...(row.attention > 0 ? [labels.needAttention(row.attention, formats.count(row.attention))] : []),
        row.allottedBytes === null ? used : `${used} ${labels.of(formats.amount(row.allottedBytes))}`,
        labels.licences(
          row.licencesUsedToDate,
          formats.count(row.licencesUsedToDate),
          row.licences === null ? null : formats.count(row.licences),
        ),
      ].join("\u00a0· "),
    ],
    severity: row.attention > 0 ? "bad" : "none",
    depth: row.depth,
  };
}

function eventEntry(row: EventRow, { texts, formats }: ReportWriting): Entry {
  const { labels, actors, eventTypes } = texts;
  const who = Object.keys(row.actors).map((kind) => actors[kind] ?? kind);
  // A subscription has no name of its own; it goes by its kind.
  const kinds: Readonly<Record<string, string>> = row.type.startsWith("ReportSubscription") ? texts.kinds : {};
  const names = row.names.map((name) => plainLine(kinds[name] ?? name));
  // Of a type there are at most so many names: where there are fewer, they are all.
  const others = row.count > names.length && names.length === eventNamesAtMost ? ", …" : "";
  return {
    title: eventTypes[row.type],
    aside: formats.count(row.count),
    lines: [
      `${names.join(", ")}${others}`,
      `${labels.by} ${who.join(", ")}; ${labels.last} ${formats.shortMoment(row.lastAt)}`,
    ],
    severity: "none",
    depth: 0,
  };
}

const failureEntry = (row: FailureRow, { texts, formats }: ReportWriting): Entry => ({
  title: plainLine(row.device),
  aside: plainLine(row.customer),
  lines: [
    `${texts.jobTypes[row.type]}: ${formats.shortMoment(row.at)}`,
    ...(row.error === null ? [] : [plainLine(row.error)]),
  ],
  severity: "bad",
  depth: 0,
});

const reasonBars = (reasons: { code: AttentionCode; count: number }[], writing: ReportWriting): Section[] =>
  barsOf(
    writing.texts.labels.reasons,
    reasons.map(({ code, count }) => ({ label: writing.texts.reasons[code].what, count, severity: severityOf(code) })),
    writing,
  );

function bodyOf(report: Report, writing: ReportWriting): Section[] {
  const { texts } = writing;
  const { labels } = texts;
  const calm: Section[] = report.figures.attention === 0 ? [{ kind: "note", text: texts.calm }] : [];
  switch (report.kind) {
    case "watchlist":
    case "consolidated": {
      const entries = report.rows.map((row) => deviceEntry(row, writing));
      return [
        ...(report.figures.devices === 0 ? [] : calm),
        ...reasonBars(report.reasons, writing),
        ...trendOf(report, writing),
        ...entriesOf(labels.devices, entries, report.more, writing),
      ];
    }
    case "all-customers":
      return [
        ...trendOf(report, writing),
        ...entriesOf(
          labels.customers,
          report.rows.map((row) => customerEntry(row, writing)),
          report.more,
          writing,
        ),
      ];
    case "event-log":
      return entriesOf(
        labels.events,
        report.rows.map((row) => eventEntry(row, writing)),
        report.more,
        writing,
      );
    case "activity": {
      const bars = report.jobs.flatMap(({ type, succeeded, warning, failed }) => [
        { label: `${texts.jobTypes[type]}: ${labels.succeeded}`, count: succeeded, severity: "good" as const },
        { label: `${texts.jobTypes[type]}: ${labels.warning}`, count: warning, severity: "warning" as const },
        { label: `${texts.jobTypes[type]}: ${labels.failed}`, count: failed, severity: "bad" as const },
      ]);
      return [
        ...barsOf(
          labels.jobs,
          bars.filter(({ count }) => count > 0),
          writing,
        ),
        ...entriesOf(
          labels.failures,
          report.rows.map((row) => failureEntry(row, writing)),
          report.more,
          writing,
        ),
      ];
    }
  }
}

/** What a report says, piece by piece. `file`: whether a CSV file is attached, or would have been too large. */
export function writeReport(
  report: Report,
  writing: ReportWriting,
  file: "attached" | "too large" | null,
): ReportLetter {
  const { texts, formats } = writing;
  const customer = plainLine(report.customer.name);
  const verdict = verdictOf(report, writing);
  const tellsPeriod = report.kind === "event-log" || report.kind === "activity";
  const notes: Section[] = [
    ...(tellsPeriod
      ? [{ kind: "note" as const, text: texts.period(formats.moment(report.from), formats.moment(report.to)) }]
      : []),
    ...(report.missed > 0
      ? [{ kind: "note" as const, text: texts.missed(report.missed, formats.count(report.missed)) }]
      : []),
  ];
  const end: Section[] =
    file === null ? [] : [{ kind: "note", text: file === "attached" ? texts.attached : texts.tooLarge }];
  return {
    subject: texts.subject(verdict, customer),
    title: texts.kinds[report.kind],
    intro: texts.intro(customer, verdict),
    asOf: texts.asOf(formats.moment(report.asOf)),
    figures: figuresOf(report, writing),
    sections: [...notes, ...bodyOf(report, writing), ...end],
    why: texts.why(customer),
  };
}
