import { expect, test } from "vitest";
import { momentOf, sizeOf } from "../../clients/cli/src/input/values.ts";
import { bytes } from "../../clients/cli/src/output/format.ts";
import { table } from "../../clients/cli/src/output/table.ts";

const rows = [
  { id: "cus_01JZX0N4Y8M1Q2R3S4T5V6W7X8", name: "Bäckerei Müller & Söhne", used: "1.5 TB" },
  { id: "cus_01JZX0N4Y8M1Q2R3S4T5V6W7X9", name: "東京バックアップ\u001B[31m", used: "0 B" },
];
type One = (typeof rows)[number];
const columns = [
  { title: "Id", value: ({ id }: One) => id },
  { title: "Name", value: ({ name }: One) => name, cut: true },
  { title: "Used", value: ({ used }: One) => used, right: true },
];

test("a table is aligned, also where letters are wide, and takes no control characters", () => {
  expect(table(rows, columns)).toBe(
    [
      "ID                              NAME                       USED",
      "cus_01JZX0N4Y8M1Q2R3S4T5V6W7X8  Bäckerei Müller & Söhne  1.5 TB",
      "cus_01JZX0N4Y8M1Q2R3S4T5V6W7X9  東京バックアップ [31m       0 B",
      "",
    ].join("\n"),
  );
});

test("a table fits the terminal: names are cut, ids never", () => {
  const lines = table(rows, columns, { line: 56 }).split("\n");
  expect(lines[1]).toBe("cus_01JZX0N4Y8M1Q2R3S4T5V6W7X8  Bäckerei Müller…  1.5 TB");
  for (const { id } of rows) expect(table(rows, columns, { line: 10 })).toContain(id);
});

test("a table leaves out what is extra before it cuts names to a few letters", () => {
  const more = [...columns, { title: "Devices", value: () => "12", extra: true }];
  expect(table(rows, more).split("\n")[0]).toMatch(/USED  DEVICES$/);
  expect(table(rows, more, { line: 66 }).split("\n")[1]).toBe(
    "cus_01JZX0N4Y8M1Q2R3S4T5V6W7X8  Bäckerei Müller & Söhne  1.5 TB",
  );
});

test.each([
  [null, "–"],
  [0, "0 B"],
  [999, "999 B"],
  [1_500, "1.5 kB"],
  [999_950, "1.0 MB"],
  [10e12, "10 TB"],
])("%j bytes are written %s", (count, text) => expect(bytes(count)).toBe(text));

test.each([
  ["500GB", 500e9],
  ["1.5 tb", 1.5e12],
  ["2TiB", 2 * 2 ** 40],
  ["1000", 1000],
])("the size %s is %d bytes", (text, size) => expect(sizeOf(text)).toBe(size));

test("what is no size and no moment is refused", () => {
  for (const text of ["", "much", "1 XB", "-1GB", "1constructor"])
    expect(() => sizeOf(text)).toThrow("A size looks like");
  for (const text of ["soon", "5y"]) expect(() => momentOf(text)).toThrow("A moment looks like");
});

test("a moment is a time or so long ago", () => {
  expect(momentOf("2026-11-30T08:00:00+01:00")).toBe("2026-11-30T07:00:00.000Z");
  expect(Date.now() - Date.parse(momentOf("2h"))).toBeLessThan(7_205_000);
});
