import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { ensureAdminKey } from "../../../local/run/admin-key.ts";
import { FunctionFailed } from "../../../local/lambda/function-runner.ts";

let home: string;
/** Stands for the function: it knows one token, as the table would. */
let known: string | undefined;
let calls: number;
let warnings: string[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "admin-key-"));
  [known, calls, warnings] = [undefined, 0, []];
});

const ensure = (options: { tableIsNew?: boolean; killed?: "before" | "after" } = {}) =>
  ensureAdminKey({
    home,
    now: () => Date.UTC(2026, 0, 1),
    tableIsNew: options.tableIsNew ?? false,
    warn: (text) => warnings.push(text),
    async bootstrap(payload) {
      calls += 1;
      const { token, provider } = payload as { token: string; provider: object };
      expect(provider).toEqual({ name: "Example Backup Services", email: "admin@example.com", country: "DE" });
      if (options.killed === "before") throw new Error("killed");
      if (known !== undefined && known !== token) {
        throw new FunctionFailed("bootstrapProvider", Object.assign(new Error("exists"), { code: "provider_exists" }));
      }
      known = token;
      if (options.killed === "after") throw new Error("killed");
    },
  });
const keyFile = (): string => join(home, "admin-key");

test("the first start writes a key that only its owner can read, and makes it valid", async () => {
  const key = await ensure({ tableIsNew: true });
  expect(key).toMatch(/^tk_[0-7][0-9A-HJKMNP-TV-Z]{25}_[\w-]{43}$/);
  expect(key).toBe(known);
  expect(readFileSync(keyFile(), "utf8")).toBe(`${key}\n`);
  expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
});

test("later starts find it and ask nobody", async () => {
  const key = await ensure({ tableIsNew: true });
  expect(await ensure()).toBe(key);
  expect(calls).toBe(1);
});

test.each(["before", "after"] as const)(
  "a start that was killed %s the provider was made ends with a key that is valid",
  async (killed) => {
    await expect(ensure({ tableIsNew: true, killed })).rejects.toThrow("killed");
    const key = await ensure();
    expect(key).toBe(known);
    expect(readFileSync(keyFile(), "utf8").trim()).toBe(known);
  },
);

test("a key that was deleted is not made up again", async () => {
  await ensure({ tableIsNew: true });
  rmSync(keyFile());
  expect(await ensure()).toBeUndefined();
  expect(calls).toBe(1);
  expect(warnings.join()).toContain("admin-key is gone");
});

test("a key that does not fit the data is not shown as valid", async () => {
  known = "tk_of_another_home";
  expect(await ensure()).toBeUndefined();
  expect(warnings.join()).toContain("not the one");
});

test("after the data were deleted the key is made valid again", async () => {
  const key = await ensure({ tableIsNew: true });
  known = undefined;
  expect(await ensure({ tableIsNew: true })).toBe(key);
  expect(known).toBe(key);
});
