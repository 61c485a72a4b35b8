import { createHmac } from "node:crypto";

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
};

/** JSON whose text does not depend on the order of keys. */
export const canonical = (value: unknown): string => JSON.stringify(sorted(value)) ?? "";

/**
 * A fingerprint of a request: equal for requests that ask for the same with the same secret. It is kept, and a request may hold a
 * password that somebody chose: without the caller's secret the fingerprint must not help to guess it.
 */
export const fingerprint = (secret: string, ...parts: readonly unknown[]): string =>
  createHmac("sha256", secret).update(parts.map(canonical).join("\n")).digest("base64url");
