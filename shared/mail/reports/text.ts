import { wrap } from "../text-part.ts";
import type { ReportLinks } from "./html.ts";
import type { Entry, Figure, ReportLetter, Section } from "./letter.ts";

const figure = ({ label, value, note, change }: Figure): string =>
  `${label}: ${value}${note === null ? "" : ` ${note}`}${change === null ? "" : ` (${change})`}`;

const entry = ({ title, aside, lines, depth }: Entry): string => {
  const margin = "  ".repeat(Math.min(depth, 3));
  return [
    `${margin}* ${title}${aside === null ? "" : ` (${aside})`}`,
    ...lines.map((line) => `${margin}  ${line}`),
  ].join("\n");
};

const section = (one: Section): string => {
  switch (one.kind) {
    case "note":
      return wrap(one.text);
    case "bars":
      return [one.title, ...one.bars.map(({ label, value }) => `  ${value}  ${label}`)].join("\n");
    case "trend":
      return `${one.title}:\n  ${one.values.join(", ")}`;
    case "entries":
      return [one.title, ...one.entries.map(entry), ...(one.more === null ? [] : [one.more])].join("\n\n");
  }
};

/** A report as plain text, with `\n` between lines. */
export function reportText(letter: ReportLetter, sender: string, { unsubscribe, support }: ReportLinks): string {
  const parts = [
    wrap(letter.intro),
    letter.figures.map(figure).join("\n"),
    letter.asOf,
    ...letter.sections.map(section),
    wrap(letter.why),
    ...(support.url === null ? [] : [`${support.label}:\n${support.url}`]),
    ...(unsubscribe === null ? [] : [`${unsubscribe.label}:\n${unsubscribe.url}`]),
    sender,
  ];
  return `${parts.join("\n\n")}\n`;
}
