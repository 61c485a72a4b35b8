import { line } from "./text.ts";

/** Longest customer name that a caller may give; `defaultCustomerName` adds 19 characters to a reseller's. */
const maxNameLength = 200;
/** A normalised name is part of a sort key (1,024 bytes, with a view and an id); NFKC may expand one character to eighteen. */
const maxNormalisedBytes = 800;

const foldCase = (text: string): string => Array.from(text.toUpperCase(), (char) => char.toLowerCase()).join("");
const ignorable = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * The form in which names are compared (H4): NFKC, case-folded, invisible characters dropped, white space collapsed, trimmed.
 * Upper before lower case makes `ß` equal to `SS`; folding each character alone keeps the Greek final sigma from depending on
 * its place. Idempotent.
 */
export function normaliseName(name: string): string {
  let text = name;
  // Folding can open a new compatibility form and the other way round; two rounds are enough for all of Unicode (tested).
  for (let round = 0; round < 2; round += 1) text = foldCase(text.normalize("NFKC")).normalize("NFKC");
  return text.replace(ignorable, "").normalize("NFKC").replace(/\s+/gu, " ").trim();
}

/** Marks that letters of several scripts carry; what belongs to one script alone, such as the vowels of Devanagari, is no mark on a letter. */
const marks = /[\p{M}&&\p{Script=Inherited}]/gv;
/** Letters of the Latin script that Unicode does not take apart. Case is folded before. */
const plainLetters: Readonly<Record<string, string>> = Object.fromEntries(
  "æ=ae œ=oe þ=th ø=o ɵ=o ð=d đ=d ɖ=d ɗ=d ł=l ƚ=l ɫ=l ı=i ɨ=i ħ=h ŧ=t ƭ=t ʈ=t ŋ=n ɲ=n ƞ=n ĸ=k ƙ=k ƀ=b ɓ=b ƈ=c ȼ=c ǥ=g ɠ=g ǝ=e ə=e ɛ=e ɇ=e ƒ=f ɉ=j ƥ=p ɍ=r ȿ=s ʉ=u ʋ=v ƴ=y ɏ=y ƶ=z ȥ=z"
    .split(" ")
    .map((pair) => pair.split("=")),
);
const withoutPlain = new RegExp(`[${Object.keys(plainLetters).join("")}]`, "g");

/**
 * The letters of a name as people look them up: normalised, without marks, and with plain letters for those that have a stroke or are two in
 * one. Äpfel is found at apfel, Łódź at lodz, Straße at strasse. A name of marks alone keeps them. Never longer than the normalised name.
 */
export function baseLetters(name: string): string {
  const normalised = normaliseName(name);
  const base = normalised
    .normalize("NFKD")
    .replace(marks, "")
    .normalize("NFC")
    .replace(withoutPlain, (letter) => plainLetters[letter] ?? letter);
  return base.trim() === "" ? normalised : base;
}

const bytes = (text: string): number => new TextEncoder().encode(text).length;

/** A customer's name as given: kept as it is but trimmed; unique in the installation by `normaliseName`. */
export const CustomerName = line(maxNameLength)
  .refine((name) => normaliseName(name).length > 0, { error: "must hold a visible character" })
  .refine((name) => bytes(normaliseName(name)) <= maxNormalisedBytes, { error: "is too long once normalised" })
  .meta({
    description:
      "Unique in the whole installation, compared after trimming, NFKC, case folding and collapsing white space",
  });

/** The name that a reseller's Default Customer gets at first (H3). */
export const defaultCustomerName = (resellerName: string): string => `Default Customer (${resellerName})`;
