import { appendFileSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLineFile } from "../../../local/machine/line-file.ts";

interface Entry {
  n: number;
  text: string;
}
const read = (parsed: unknown): Entry => {
  if (typeof (parsed as Entry).n !== "number") throw new Error("no entry");
  return parsed as Entry;
};
const newFile = () => join(mkdtempSync(join(tmpdir(), "lines-")), "below", "lines.jsonl");
/** Lines of very different lengths, with characters of one to four bytes; some are longer than what is read at a time. */
const entry = (n: number): Entry => ({ n, text: "aä€😀".repeat(n % 7 === 0 ? 200_000 : n % 50) });

test("gives back what was added, also what is not kept in memory, and so after it is opened again", () => {
  const file = newFile();
  const lines = openLineFile(file, read, 3);
  const entries = Array.from({ length: 20 }, (_, n) => entry(n));
  for (const one of entries) lines.append(one);
  expect(lines.all()).toEqual(entries);
  expect(lines.at(0)).toEqual(entries[0]);
  lines.close();

  const again = openLineFile(file, read, 3);
  expect([again.count(), again.at(14), again.at(19)]).toEqual([20, entries[14], entries[19]]);
  again.append(entry(20));
  expect(again.all()).toEqual([...entries, entry(20)]);
  expect(() => again.at(21)).toThrow(RangeError);
  again.close();
});

test("passes over a line that a crash has cut off, and what is none", () => {
  const file = newFile();
  const lines = openLineFile(file, read);
  lines.append(entry(1));
  lines.close();
  appendFileSync(file, '{"other":1}\n\n{"n":2,"te');
  const again = openLineFile(file, read);
  again.append(entry(3));
  expect(again.all()).toEqual([entry(1), entry(3)]);
  again.close();
  expect(readFileSync(file, "utf8").split("\n")).toHaveLength(6);
  const last = openLineFile(file, read);
  expect(last.all()).toEqual([entry(1), entry(3)]);
  last.close();
});
