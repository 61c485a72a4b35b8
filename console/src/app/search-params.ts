/** A text in the address; undefined where it is none. */
export const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;

/** One of a few words in the address. */
export const oneOf = <const Word extends string>(words: readonly Word[], value: unknown): Word | undefined =>
  words.find((word) => word === value);

/** A flag in the address: there or not. @public */
export const flag = (value: unknown): true | undefined => (value === true || value === "true" ? true : undefined);
