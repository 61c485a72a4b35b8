import { createHash } from "node:crypto";

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

/** A fingerprint of a request: equal for requests that ask for the same. */
export const fingerprint = (...parts: readonly unknown[]): string =>
  createHash("sha256").update(parts.map(canonical).join("\n")).digest("base64url");
