import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, type Encoding } from "../../../shared/domain/imports/decoding.ts";

const utf16 = (text: string, isLittle: boolean): number[] =>
  Array.from({ length: text.length }, (_, at) => text.charCodeAt(at)).flatMap((unit) =>
    isLittle ? [unit & 255, unit >> 8] : [unit >> 8, unit & 255],
  );
/** What the upper half of Windows-1252 stands for, where it is not the same number in Unicode. */
const special = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";
const windows = (text: string): number[] =>
  Array.from(text, (letter) => (special.includes(letter) ? 0x80 + special.indexOf(letter) : letter.charCodeAt(0)));
const bytesOf: Record<Encoding, (text: string) => number[]> = {
  "utf-8": (text) => [...new TextEncoder().encode(text)],
  "utf-16le": (text) => utf16(text, true),
  "utf-16be": (text) => utf16(text, false),
  "windows-1252": windows,
};
const marks: Partial<Record<Encoding, number[]>> = {
  "utf-8": [0xef, 0xbb, 0xbf],
  "utf-16le": [0xff, 0xfe],
  "utf-16be": [0xfe, 0xff],
};
const scripts = [
  "Müller & Söhne",
  "Łódź – Żabka",
  "Папка Иванова",
  "Ελληνικά Αρχεία",
  "日本バックアップ",
  "مكتب المحاسبة",
  "משרד עורכי דין",
  "บริษัท สำรองข้อมูล",
];
const table = `name;country\r\n${scripts.join(";DE\r\n")};DE\r\n`;

describe("a file with names in eight scripts is read as it was written", () => {
  test.each<[Encoding, boolean]>([
    ["utf-8", false],
    ["utf-8", true],
    ["utf-16le", true],
    ["utf-16be", true],
  ])("in %s, with a byte order mark: %s", (encoding, hasByteOrderMark) => {
    const bytes = Uint8Array.from([...(hasByteOrderMark ? (marks[encoding] ?? []) : []), ...bytesOf[encoding](table)]);
    expect(decode(bytes)).toEqual({ text: table, encoding, hasByteOrderMark });
  });
});

test.each<Encoding>(["utf-16le", "utf-16be"])("%s is known without a mark, too", (encoding) => {
  const text = "companyname,ParentId\nMüller,7\n";
  expect(decode(Uint8Array.from(bytesOf[encoding](text)))).toEqual({ text, encoding, hasByteOrderMark: false });
});

test("what is no UTF-8 is Windows-1252, as spreadsheets save it in western Europe", () => {
  const text = "name;space\r\nBäckerei Größ – „Zwirner“ €;1,5 TB\r\n";
  expect(decode(Uint8Array.from(windows(text)))).toEqual({ text, encoding: "windows-1252", hasByteOrderMark: false });
});

test("any text is read as it was written, with a mark or as UTF-8", () => {
  const encodings = ["utf-8", "utf-16le", "utf-16be"] as const;
  const text = fc.string({ unit: "binary" }).filter((one) => !one.includes("\0") && one.isWellFormed());
  fc.assert(
    fc.property(text, fc.constantFrom(...encodings), (written, encoding) => {
      const bytes = Uint8Array.from([...(marks[encoding] ?? []), ...bytesOf[encoding](written)]);
      expect(decode(bytes)).toEqual({ text: written, encoding, hasByteOrderMark: true });
    }),
  );
});

test("nothing is replaced: a file that cannot be read is refused, with the line", () => {
  const good = [...new TextEncoder().encode("name\nMüller\n")];
  expect(decode(Uint8Array.from([0xef, 0xbb, 0xbf, ...good, 0x4d, 0xfc, 0x6c, 0x0a]))).toEqual({
    problem: "The file begins with a byte order mark of UTF-8, and is not written so; line 3 is not.",
  });
  expect(decode(Uint8Array.from([...good, 0x81, 0x0a]))).toEqual({
    problem: "The file is neither UTF-8 nor Windows-1252: see line 3. Save it as UTF-8.",
  });
  expect(decode(Uint8Array.from([0xff, 0xfe, 0x4d]))).toHaveProperty("problem");
  // An archive, which is what a workbook is.
  expect(decode(Uint8Array.from([0x50, 0x4b, 0x03, 0x04, 0x14, 0, 0, 0, 0x08, 0]))).toHaveProperty("problem");
});

test("any bytes are a text or a problem", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const read = decode(bytes);
      if ("text" in read) expect(read.text).not.toMatch(/[\0\uFFFD]/);
      else expect(read.problem).toMatch(/^The file .*\.$/);
    }),
    { examples: [[Uint8Array.from([])]] },
  );
});
