import { httpsUrl } from "./html.ts";

/** A line of a table of facts; `exact` values are typed back by the reader and must be shown character by character. */
export interface Fact {
  label: string;
  value: string;
  exact: boolean;
}

/** A piece of a mail, before it is text or HTML. */
export type Block =
  | { kind: "paragraph" | "notice"; text: string }
  | { kind: "facts"; facts: Fact[] }
  | { kind: "accounts"; accounts: Fact[][] }
  | { kind: "link"; label: string; url: string };

/** Sentences of their own. */
export const paragraph = (text: string): Block => ({ kind: "paragraph", text });

/** What nobody should miss. */
export const notice = (text: string): Block => ({ kind: "notice", text });

/** A table of facts. */
export const facts = (given: Fact[]): Block => ({ kind: "facts", facts: given });

/** A fact whose value is typed back. */
export const exact = (label: string, value: string): Fact => ({ label, value, exact: true });

/** A fact that is read only. */
export const fact = (label: string, value: string): Fact => ({ label, value, exact: false });

/** A link, or nothing where `url` is none by https. */
export const link = (label: string, url: string | null): Block[] => {
  const safe = httpsUrl(url);
  return safe === null ? [] : [{ kind: "link", label, url: safe }];
};
