/**
 * JSON of a value that is the same, byte by byte, for the same content: fields in the order of their names, no white space. What is undefined is left out.
 * @param value plain data: what JSON can hold
 */
export const canonicalJson = (value: unknown): string => JSON.stringify(value, ordered);

const ordered = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;

/** Whether two states of a record say the same, whatever their versions and when they were written. */
export const isSameRecord = (one: object, other: object): boolean => {
  const said = (record: object): string => canonicalJson({ ...record, version: null, updatedAt: null });
  return said(one) === said(other);
};
