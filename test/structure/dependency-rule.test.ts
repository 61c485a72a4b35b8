import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "tenantry-lint-"));
  cpSync(join(root, ".oxlintrc.json"), join(scratch, ".oxlintrc.json"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What the linter says of one file that holds one import. */
function lint(file: string, specifier: string): string {
  const path = join(scratch, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `import { x } from "${specifier}";\nexport const y = x;\n`);
  try {
    return execFileSync(join(root, "node_modules/.bin/oxlint"), [file], {
      cwd: scratch,
      encoding: "utf8",
      stdio: "pipe",
    });
  } catch (error) {
    return String((error as { stdout: string }).stdout);
  } finally {
    rmSync(path);
  }
}

describe("the linter holds the direction of imports:", () => {
  test.each([
    ["shared/domain/a.ts", "../store/keys.ts"],
    ["shared/domain/a.ts", "../runtime/clock.ts"],
    ["shared/domain/a.ts", "@aws-sdk/lib-dynamodb"],
    ["shared/domain/a.ts", "node:crypto"],
    ["shared/store/a.ts", "../http/problem.ts"],
    ["shared/store/a.ts", "../runtime/clock.ts"],
    ["shared/store/a.ts", "../../functions/routes.ts"],
    ["shared/runtime/a.ts", "../http/problem.ts"],
    ["shared/http/a.ts", "../../functions/routes.ts"],
    ["functions/customers/a.ts", "../../infra/config.ts"],
    ["functions/customers/a.ts", "../../local/table.ts"],
    ["functions/customers/a.ts", "@aws-sdk/lib-dynamodb"],
    ["infra/a.ts", "../functions/customers/create-customer.ts"],
    ["infra/constructs/a.ts", "../../functions/customers/contract.ts"],
    ["infra/a.ts", "../shared/store/database.ts"],
    ["infra/a.ts", "../local/table.ts"],
    ["local/a.ts", "../shared/store/keys.ts"],
    ["local/a.ts", "../functions/routes.ts"],
    ["local/a.ts", "../infra/config.ts"],
  ])("%s may not import %s", (file, specifier) => {
    expect(lint(file, specifier)).toContain("no-restricted-imports");
  });

  test.each([
    ["shared/domain/a.ts", "./levels.ts"],
    ["shared/domain/a.ts", "zod"],
    ["shared/store/a.ts", "../domain/levels.ts"],
    ["shared/store/a.ts", "@aws-sdk/lib-dynamodb"],
    ["shared/http/a.ts", "../store/keys.ts"],
    ["functions/customers/a.ts", "../../shared/http/operation.ts"],
    ["functions/customers/a.ts", "./contract.ts"],
    ["infra/a.ts", "../functions/routes.ts"],
    ["infra/constructs/a.ts", "../../shared/http/contract.ts"],
    ["infra/a.ts", "../shared/store/table.ts"],
    ["local/a.ts", "./table.ts"],
  ])("%s may import %s", (file, specifier) => {
    expect(lint(file, specifier)).not.toContain("no-restricted-imports");
  });
});

test("every version in package.json is exact", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<
    string,
    Record<string, string>
  >;
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
    expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
});
