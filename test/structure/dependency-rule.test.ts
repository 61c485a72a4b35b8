import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
/** Imports that the linter is asked about: a file, each with a name of its own, and what it imports. */
const cases: { path: string; specifier: string }[] = [];
/** Files in which the linter has found an import that it restricts. */
let restricted: Set<string>;

/** Has the linter see an import in the folder of a file. @returns whether it restricts it, to be asked in a test */
function imports(file: string, specifier: string): () => boolean {
  const path = join(dirname(file), `case-${cases.length}.ts`);
  cases.push({ path, specifier });
  return () => restricted.has(path);
}

beforeAll(() => {
  const scratch = mkdtempSync(join(tmpdir(), "tenantry-lint-"));
  cpSync(join(root, ".oxlintrc.json"), join(scratch, ".oxlintrc.json"));
  for (const { path, specifier } of cases) {
    mkdirSync(dirname(join(scratch, path)), { recursive: true });
    writeFileSync(join(scratch, path), `import { x } from "${specifier}";\nexport const y = x;\n`);
  }
  const linter = join(root, "node_modules/.bin/oxlint");
  const { stdout } = spawnSync(linter, ["--format", "json"], { cwd: scratch, encoding: "utf8" });
  const { diagnostics, number_of_files } = JSON.parse(stdout) as {
    diagnostics: { code: string; filename: string }[];
    number_of_files: number;
  };
  expect(number_of_files).toBe(cases.length);
  restricted = new Set(
    diagnostics.filter(({ code }) => code.includes("no-restricted-imports")).map(({ filename }) => filename),
  );
  rmSync(scratch, { recursive: true, force: true });
});

describe("the linter holds the direction of imports:", () => {
  test.each(
    [
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
      ["functions/customers/a.ts", "../../local/emulators/table.ts"],
      ["functions/customers/a.ts", "@aws-sdk/lib-dynamodb"],
      ["infra/a.ts", "../functions/customers/create-customer.ts"],
      ["infra/constructs/a.ts", "../../functions/customers/contract.ts"],
      ["infra/a.ts", "../shared/store/table/database.ts"],
      ["infra/a.ts", "../local/emulators/table.ts"],
      ["local/a.ts", "../shared/store/table/keys.ts"],
      ["local/a.ts", "../functions/routes.ts"],
      ["clients/cli/src/commands/a.ts", "../../../../local/machine/arguments.ts"],
      ["clients/typescript/src/a.ts", "../../../shared/http/problem.ts"],
      ["shared/invoices/a.ts", "../store/table/keys.ts"],
      ["shared/invoices/a.ts", "../runtime/clock.ts"],
      ["shared/domain/search/a.ts", "big.js"],
      ["local/a.ts", "../infra/config.ts"],
      ["shared/domain/terms/a.ts", "../hierarchy/customer.ts"],
      ["shared/domain/accounts/a.ts", "../devices/device.ts"],
      ["shared/domain/accounts/a.ts", "../../store/table/keys.ts"],
      ["shared/store/table/a.ts", "../hierarchy/chain.ts"],
      ["shared/store/mail/a.ts", "../accounts/accounts.ts"],
      ["shared/store/usage/a.ts", "../life/purge.ts"],
      ["shared/store/usage/a.ts", "../../http/problem.ts"],
      ["local/machine/a.ts", "../run/start.ts"],
      ["local/lambda/a.ts", "../gateway/gateway.ts"],
      ["local/lambda/a.ts", "../../shared/store/table/keys.ts"],
    ].map(([file = "", specifier = ""]) => ({ file, specifier, isRestricted: imports(file, specifier) })),
  )("$file may not import $specifier", ({ isRestricted }) => {
    expect(isRestricted()).toBe(true);
  });

  test.each(
    [
      ["shared/domain/a.ts", "./levels.ts"],
      ["shared/domain/a.ts", "zod"],
      ["shared/store/a.ts", "../domain/levels.ts"],
      ["shared/store/a.ts", "@aws-sdk/lib-dynamodb"],
      ["shared/http/a.ts", "../store/keys.ts"],
      ["functions/customers/a.ts", "../../shared/http/operation.ts"],
      ["functions/customers/a.ts", "./contract.ts"],
      ["infra/a.ts", "../functions/routes.ts"],
      ["infra/constructs/a.ts", "../../shared/http/contract.ts"],
      ["infra/a.ts", "../shared/store/table/shape.ts"],
      ["local/a.ts", "./table.ts"],
      ["shared/domain/accounts/a.ts", "../terms/errors.ts"],
      ["shared/domain/accounts/a.ts", "zod"],
      ["shared/domain/billing/a.ts", "big.js"],
      ["shared/domain/billing/a.ts", "dinero.js/currencies"],
      ["shared/domain/billing/a.ts", "../devices/device.ts"],
      ["shared/invoices/a.ts", "../domain/billing/invoice.ts"],
      ["shared/invoices/a.ts", "../mail/html.ts"],
      ["shared/store/life/a.ts", "../devices/devices.ts"],
      ["shared/store/life/a.ts", "../../domain/life/deletion.ts"],
      ["local/run/a.ts", "../machine/files.ts"],
    ].map(([file = "", specifier = ""]) => ({ file, specifier, isRestricted: imports(file, specifier) })),
  )("$file may import $specifier", ({ isRestricted }) => {
    expect(isRestricted()).toBe(false);
  });
});

/** The rooms of a floor from the bottom, as the linter holds them, and whether a folder of the floor is one of them. */
describe.each([
  [
    "shared/domain",
    [
      "terms",
      "hierarchy",
      "access",
      "people",
      "tasks",
      "mail",
      "accounts",
      "devices",
      "usage",
      "life",
      "storage",
      "reports",
      "events",
      "imports",
      "search",
      "billing",
    ],
  ],
  [
    "shared/store",
    [
      "table",
      "hierarchy",
      "access",
      "people",
      "tasks",
      "mail",
      "accounts",
      "devices",
      "usage",
      "life",
      "storage",
      "reports",
      "events",
      "imports",
      "search",
      "billing",
    ],
  ],
  ["local", ["machine", "assembly", "emulators", "storage", "lambda", "gateway", "run"]],
])("the rooms of %s", (floor, rooms) => {
  test("hold every file", () => {
    const entries = readdirSync(join(root, floor), { withFileTypes: true });
    expect(entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name)).toEqual([]);
    expect(rooms).toEqual(expect.arrayContaining(entries.map(({ name }) => name)));
  });

  const upward = rooms.flatMap((room, place) =>
    rooms.slice(place + 1).map((above) => ({
      arrow: `${room} -> ${above}`,
      isRestricted: imports(`${floor}/${room}/a.ts`, `../${above}/b.ts`),
    })),
  );
  test("are held apart by the linter, each from all above it", () => {
    for (const { arrow, isRestricted } of upward) expect(isRestricted(), arrow).toBe(true);
  });
});

test("no folder below shared/ or local/ holds more than 20 files", () => {
  const folders = ["shared", "local"].flatMap((floor) =>
    readdirSync(join(root, floor), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.parentPath),
  );
  for (const [folder, files] of Map.groupBy(folders, (folder) => folder))
    expect(files.length, folder).toBeLessThanOrEqual(20);
});

test("every version in package.json is exact", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<
    string,
    Record<string, string>
  >;
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
    expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
});
