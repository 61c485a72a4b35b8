/** How a file of rows is written. */
export interface Dialect {
  separator: "," | ";" | "\t";
  lineEnd: "\r\n" | "\n" | "\r";
  /** Where the header begins: a spreadsheet may say the separator in a line before it. */
  start: number;
}

const separators = [",", ";", "\t"] as const;

/** The first line of a text, whose line ends within quotes are none. */
function firstLine(text: string, from: number): { line: string; end: number } {
  let quoted = false;
  for (let at = from; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === '"') quoted = !quoted;
    else if (!quoted && (letter === "\n" || letter === "\r")) return { line: text.slice(from, at), end: at };
  }
  return { line: text.slice(from), end: text.length };
}

const lineEndAt = (text: string, at: number): Dialect["lineEnd"] => {
  if (text.startsWith("\r\n", at)) return "\r\n";
  return text[at] === "\r" ? "\r" : "\n";
};

/** How many separators of a kind stand in a line, outside of quotes. */
function countIn(line: string, separator: string): number {
  let [quoted, count] = [false, 0];
  for (const letter of line)
    if (letter === '"') quoted = !quoted;
    else if (!quoted && letter === separator) count += 1;
  return count;
}

/**
 * How a file is written, by its header: the separator that stands there most, and the line end that follows. A header of one column has none, and
 * then it is a comma. The line `sep=;`, by which a spreadsheet says it itself, is believed.
 */
export function dialectOf(text: string): Dialect {
  const first = firstLine(text, 0);
  const lineEnd = lineEndAt(text, first.end);
  const [, told] = /^"?sep=([,;\t])"?$/i.exec(first.line) ?? [];
  if (told !== undefined) {
    const separator = separators.find((one) => one === told) ?? ",";
    return { separator, lineEnd, start: Math.min(text.length, first.end + lineEnd.length) };
  }
  const [most = ","] = separators.toSorted((one, other) => countIn(first.line, other) - countIn(first.line, one));
  return { separator: most, lineEnd, start: 0 };
}
