import { texts as english } from "./languages/en.ts";
import type { Texts } from "./texts.ts";

/** The language that a mail speaks, and the locale of its dates and numbers. */
export interface SpokenLanguage {
  language: string;
  locale: string;
  texts: Texts;
}

const find = async (name: string): Promise<Texts | null> => {
  try {
    // The bundler takes in every file that this template can name, so a language is a file and nothing else.
    const { texts } = (await import(`./languages/${name}.ts`)) as { texts: Texts };
    return texts;
  } catch {
    // Node and the bundle report a missing file each in their own way; that every file there loads is tested.
    return null;
  }
};

/**
 * The texts for a BCP 47 locale: those of `de-CH`, else of `de`, else English. Dates and numbers follow the locale where the
 * texts do, so that one mail speaks one language: French dates do not stand between English words.
 */
export async function spokenLanguage(locale: string): Promise<SpokenLanguage> {
  const [, language] = /^([a-z]{2,3})(?:-[A-Z]{2})?$/.exec(locale) ?? [];
  // Only a name of this form may become part of a path.
  if (language !== undefined)
    for (const name of new Set([locale, language])) {
      const texts = await find(name);
      if (texts !== null) return { language: name, locale, texts };
    }
  return { language: "en", locale: "en", texts: english };
}
