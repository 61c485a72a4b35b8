import { createContext, useContext } from "react";
import { login as de } from "../texts/de/login.ts";
import { login as en } from "../texts/en/login.ts";

export type Language = "en" | "de";
const texts = { en, de };

export const LanguageContext = createContext<Language>("en");

/** What the page says, in the chosen language; `{name}` is replaced by the value of that name. */
export function useTexts(): (key: keyof typeof en, values?: Record<string, string>) => string {
  const language = useContext(LanguageContext);
  return (key, values = {}) => texts[language][key].replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
}
