import type { Texts } from "../texts/texts.ts";

export type Language = "en" | "de";

/** The language that `first.js` has found. */
export const firstLanguage = (): Language => (document.documentElement.lang === "de" ? "de" : "en");

/** The texts of a language, and of no other. */
export const loadTexts = async (language: Language = firstLanguage()): Promise<Texts> =>
  language === "de" ? (await import("../texts/de.ts")).de : (await import("../texts/en.ts")).en;
