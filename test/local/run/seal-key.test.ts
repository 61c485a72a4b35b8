import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CannotStart } from "../../../local/machine/cannot-start.ts";
import { ensureSealKey } from "../../../local/run/seal-key.ts";

function ensure(home: string, tableIsNew: boolean) {
  const warnings: string[] = [];
  const file = ensureSealKey({ home, tableIsNew, warn: (text) => warnings.push(text) });
  return { file, key: readFileSync(file), warnings };
}
const newHome = () => mkdtempSync(join(tmpdir(), "seal-"));

describe("the key that seals secrets", () => {
  test("is made once, for its owner alone, and never told", () => {
    const home = newHome();
    const first = ensure(home, true);
    expect(first.file).toBe(join(home, "seal-key"));
    expect(first.key).toHaveLength(32);
    expect(statSync(first.file).mode & 0o777).toBe(0o600);
    expect(ensure(home, false)).toEqual(first);
    expect(ensure(home, true)).toEqual(first);
    expect(first.warnings).toEqual([]);
  });

  test("is another in another home", () => {
    expect(ensure(newHome(), true).key).not.toEqual(ensure(newHome(), true).key);
  });

  test("that was lost is made anew, and the consequence is told", () => {
    const home = newHome();
    const { key, file } = ensure(home, true);
    rmSync(file);
    const again = ensure(home, false);
    expect(again.key).not.toEqual(key);
    expect(again.warnings).toEqual([expect.stringContaining("Temporary passwords")]);
    expect(again.warnings[0]).not.toContain(again.key.toString("hex"));
  });

  test.each([0, 31, 33])("of %i bytes is refused and left as it is", (size) => {
    const home = newHome();
    const file = join(home, "seal-key");
    writeFileSync(file, Buffer.alloc(size, 7));
    expect(() => ensure(home, false)).toThrow(CannotStart);
    expect(() => ensure(home, true)).toThrow(/seal-key is damaged/);
    expect(readFileSync(file)).toEqual(Buffer.alloc(size, 7));
  });
});
