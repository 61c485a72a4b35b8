import { InvalidArgumentError } from "commander";

const factors: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  pb: 1e15,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  pib: 2 ** 50,
};

/** A size such as `500GB`, `1.5 TB`, `2TiB` or a number of bytes, in bytes. */
export function sizeOf(text: string): number {
  const [, figure = "", unit = ""] = /^(\d+(?:\.\d+)?) *([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = Object.hasOwn(factors, unit.toLowerCase()) ? factors[unit.toLowerCase()] : undefined;
  if (figure === "" || factor === undefined) throw new InvalidArgumentError("A size looks like 500GB or 1.5TB.");
  return Math.round(Number(figure) * factor);
}

/** A whole number of at least 1. */
export function countOf(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError("It must be a whole number from 1 on.");
  return count;
}

/** A whole number of at least 0. */
export const numberOf = (text: string): number => (text === "0" ? 0 : countOf(text));

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** A moment: so long ago (`90m`, `24h`, `7d`), a day, or a time as RFC 3339 writes it. @returns RFC 3339 in UTC */
export function momentOf(text: string): string {
  const [, figure = "", unit = ""] = /^(\d+)([smhdw])$/.exec(text) ?? [];
  const at = figure === "" ? new Date(text) : new Date(Date.now() - Number(figure) * (seconds[unit] ?? 0) * 1000);
  if (Number.isNaN(at.getTime()))
    throw new InvalidArgumentError("A moment looks like 24h, 7d, 2026-11-30 or 2026-11-30T08:00:00Z.");
  return at.toISOString();
}

/** `yes` or `no`. */
export const flagOf = (text: string): boolean => {
  if (text !== "yes" && text !== "no") throw new InvalidArgumentError("Say yes or no.");
  return text === "yes";
};

/** Words between commas. */
export const wordsOf = (text: string): string[] =>
  text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");

/** The values that were given: what is undefined goes. */
export const given = <T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
