import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { Texts } from "../texts/texts.ts";
import { firstLanguage, type Language, loadTexts } from "./load-texts.ts";

const key = "tenantry.language";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: Texts };
  }
}

/** Loads the texts of the language that `first.js` has found, and no other. */
export async function startTexts(): Promise<void> {
  const language = firstLanguage();
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: { translation: await loadTexts(language) } },
    interpolation: { escapeValue: false }, // React escapes
    returnNull: false,
  });
}

/** Switches the language, and keeps it for the next time. */
export async function changeLanguage(language: Language): Promise<void> {
  // First of all: whoever reloads while the texts are on their way has chosen all the same.
  localStorage.setItem(key, language);
  if (!i18next.hasResourceBundle(language, "translation"))
    i18next.addResourceBundle(language, "translation", await loadTexts(language));
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}
