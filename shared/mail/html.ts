import { escapeUTF8 } from "entities/escape";

const source = Symbol("markup");

/** Markup that came from the tag `html`. The symbol is known in this file only, so no value read from elsewhere passes for it. */
export interface Markup {
  readonly [source]: string;
}

type Part = string | Markup | readonly Markup[] | null;

const written = (part: Part): string => {
  if (part === null) return "";
  if (typeof part === "string") return escapeUTF8(part);
  return source in part ? part[source] : part.map((markup) => markup[source]).join("");
};

/**
 * Tag for HTML. What is interpolated is escaped for text and for quoted attributes, save what the tag itself has made;
 * null writes nothing.
 */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Markup => ({
  [source]: strings.reduce((markup, text, index) => markup + written(parts[index - 1] ?? null) + text),
});

/** The text of a piece of markup, as it is sent. */
export const markupText = (markup: Markup): string => markup[source];

/** An absolute https address in its normal form, or null for anything else, `javascript:` and broken ones included. */
export function httpsUrl(given: string | null): string | null {
  if (given === null || !URL.canParse(given)) return null;
  const url = new URL(given);
  return url.protocol === "https:" ? url.href : null;
}
