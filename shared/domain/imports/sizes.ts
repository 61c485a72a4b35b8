const letters = ["k", "m", "g", "t", "p"];
const powers: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["b", 1],
  ...letters.map((letter, nth): [string, number] => [`${letter}b`, 1000 ** (nth + 1)]),
  ...letters.map((letter, nth): [string, number] => [`${letter}ib`, 1024 ** (nth + 1)]),
]);

const shape = /^(\d[\d.,'\u00a0\u202f ]*?)\s*([a-z]*)$/i;

/** Whether digits are grouped by a separator, as thousands are. */
const isGrouped = (text: string, separator: string): boolean =>
  new RegExp(`^\\d{1,3}(?:\\${separator}\\d{3})+$`).test(text);

/**
 * A number as people write it: with a decimal comma or a decimal point, and with separators between thousands. `1,500` and `1.500` mean one thing in
 * one country and another in the next, so they are refused.
 * @returns the number, or why it is none
 */
function numberOf(text: string): number | string {
  const plain = text.replaceAll(/(?<=\d)['\u00a0\u202f ](?=\d{3}(?!\d))/g, "");
  if (!/^\d(?:[\d.,]*\d)?$/.test(plain)) return "is no number";
  const used = plain.replaceAll(/\d/g, "");
  const decimal = used.at(-1);
  if (decimal === undefined) return Number(plain);
  const at = plain.lastIndexOf(decimal);
  const [whole, part] = [plain.slice(0, at), plain.slice(at + 1)];
  const other = decimal === "," ? "." : ",";
  if (used.includes(other))
    return isGrouped(whole, other) ? Number(`${whole.replaceAll(other, "")}.${part}`) : "is no number";
  if (used.length > 1) return isGrouped(plain, decimal) ? Number(plain.replaceAll(decimal, "")) : "is no number";
  if (isGrouped(plain, decimal) && whole !== "0")
    return `could mean ${whole}${part} or ${Number(`${whole}.${part}`)}; write one of them without a separator for thousands`;
  return Number(`${whole}.${part}`);
}

/**
 * A size as people write it: `1,5 TB`, `500 GiB`, `1'500 GB`, `2000000`. kB, MB, GB, TB and PB are powers of 1000; KiB, MiB, GiB, TiB and PiB powers of 1024. Without a unit it is
 * bytes. @returns whole bytes, or why it is no size
 */
export function readSize(text: string): number | string {
  const [, number = "", unit = ""] = shape.exec(text.trim()) ?? [];
  if (number === "") return "must be a size, such as 500 GB";
  const power = powers.get(unit.toLowerCase());
  if (power === undefined) return `has the unit ${unit}; use B, kB, MB, GB, TB, PB, or KiB to PiB`;
  const value = numberOf(number.trim());
  if (typeof value === "string") return value;
  const bytes = Math.round(value * power);
  return Number.isSafeInteger(bytes) ? bytes : "is larger than any storage";
}
