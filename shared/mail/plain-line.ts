// Embeddings, overrides and isolates. The marks U+200E, U+200F and U+061C stay: they take part in the order of letters, and open nothing.
const directionControls = /[\u202a-\u202e\u2066-\u2069]/gu;
const lineBreaksAndControls = /[\p{Cc}\u2028\u2029]+/gu;

/**
 * A name as a mail shows it: on one line, and without the characters that turn around the order of what follows them. A name
 * stands within sentences, where `U+202E` would mirror the rest of the line; names are not typed back, so nothing is lost.
 * What must be typed back, user names and passwords, is shown unchanged on a line or in a cell of its own, at the end of
 * which every such character ends too (UAX #9, paragraphs).
 */
export const plainLine = (text: string): string =>
  text.toWellFormed().replace(directionControls, "").replace(lineBreaksAndControls, " ").trim();
