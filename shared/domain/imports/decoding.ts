/** Encodings that files of customers come in. */
export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

/** The text of a file, and how it was written. */
export interface Decoded {
  text: string;
  encoding: Encoding;
  hasByteOrderMark: boolean;
}
/** Why a file cannot be read, in a sentence for who has sent it. */
export interface Unreadable {
  problem: string;
}

const marks: readonly (readonly [Encoding, readonly number[]])[] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];
/** Bytes that Windows-1252 gives no meaning to; `TextDecoder` makes control characters of them. */
const undefinedIn1252: ReadonlySet<number> = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d]);
/** So much of a file shows whether it is UTF-16. */
const looked = 4096;

/** UTF-16 without a mark: text in Latin letters then has a zero in every other byte. */
function unmarkedUtf16(bytes: Uint8Array): Encoding | null {
  const start = bytes.subarray(0, looked);
  const zeros = [0, 0];
  for (const [at, byte] of start.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const many = start.length / 2 / 3;
  if (odd > many && even === 0) return "utf-16le";
  return even > many && odd === 0 ? "utf-16be" : null;
}

const decodedAs = (encoding: Encoding, bytes: Uint8Array): string | null => {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
};

/** The number of the line, from 1, in which the first byte stands that is no UTF-8. */
function firstBadLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let [line, start] = [1, 0];
  for (const [at, byte] of bytes.entries()) {
    if (byte !== 0x0a) continue;
    try {
      decoder.decode(bytes.subarray(start, at + 1));
    } catch {
      return line;
    }
    [line, start] = [line + 1, at + 1];
  }
  return line;
}

/**
 * The text of a file, whose encoding is found by its byte order mark or else by its bytes: UTF-16 by its zeros, UTF-8 where all of it is that, and
 * Windows-1252 otherwise. A file that says by its mark what it is must be that. Nothing is replaced: what cannot be read is refused.
 */
export function decode(bytes: Uint8Array): Decoded | Unreadable {
  const marked = marks.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte));
  if (marked) {
    const [encoding, mark] = marked;
    const text = decodedAs(encoding, bytes.subarray(mark.length));
    if (text !== null) return checked({ text, encoding, hasByteOrderMark: true });
    const where = encoding === "utf-8" ? `; line ${firstBadLine(bytes)} is not` : "";
    return {
      problem: `The file begins with a byte order mark of ${encoding.toUpperCase()}, and is not written so${where}.`,
    };
  }
  const wide = unmarkedUtf16(bytes);
  if (wide) {
    const text = decodedAs(wide, bytes);
    return text === null
      ? { problem: `The file looks like ${wide.toUpperCase()}, and is not written so throughout.` }
      : checked({ text, encoding: wide, hasByteOrderMark: false });
  }
  const text = decodedAs("utf-8", bytes);
  if (text !== null) return checked({ text, encoding: "utf-8", hasByteOrderMark: false });
  if (bytes.some((byte) => undefinedIn1252.has(byte)))
    return {
      problem: `The file is neither UTF-8 nor Windows-1252: see line ${firstBadLine(bytes)}. Save it as UTF-8.`,
    };
  return checked({ text: decodedAs("windows-1252", bytes) ?? "", encoding: "windows-1252", hasByteOrderMark: false });
}

/** Text holds no zeros: they are the sign of a workbook, an archive or a picture. */
const checked = (decoded: Decoded): Decoded | Unreadable =>
  decoded.text.includes("\0") ? { problem: "The file holds no text. Save it as CSV, and send that." } : decoded;
