import { type TokenKind, writeToken } from "../../shared/store/access/tokens.ts";

const kinds: Record<string, TokenKind> = { tk: "apiKey", td: "device", te: "enrolmentKey", tv: "storageServer" };

/** A token of the same name with another secret, as its form wants it: refused for its secret, and not for its form. */
export function forged(token: string): string {
  const [, begin = "", ulid = ""] = /^([a-z]{2})_([0-9A-Z]+)_/.exec(token) ?? [];
  const kind = kinds[begin];
  const secret = "A".repeat(43);
  return kind === undefined ? `${begin}_${ulid}_${secret}` : writeToken(`_${ulid}`, secret, kind);
}
