import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { Texts } from "../texts/texts.ts";

export type Language = "en" | "de";
const key = "tenantry.language";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: Texts };
  }
}

const load = async (language: Language): Promise<Texts> =>
  language === "de" ? (await import("../texts/de.ts")).de : (await import("../texts/en.ts")).en;

/** Loads the texts of the language that `first.js` has found, and no other. */
export async function startTexts(): Promise<void> {
  const language: Language = document.documentElement.lang === "de" ? "de" : "en";
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: { translation: await load(language) } },
    interpolation: { escapeValue: false }, // React escapes
    returnNull: false,
  });
}

/** Switches the language, and keeps it for the next time. */
export async function changeLanguage(language: Language): Promise<void> {
  // First of all: whoever reloads while the texts are on their way has chosen all the same.
  localStorage.setItem(key, language);
  if (!i18next.hasResourceBundle(language, "translation"))
    i18next.addResourceBundle(language, "translation", await load(language));
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}
