import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalStack, startLocal } from "../../local/run/start-local.ts";
import { isFullSize } from "../support/size.ts";
import { newDatabase } from "../support/dynamo.ts";

const example = resolve(import.meta.dirname, "..", "..", "examples", "book-of-business");

type Row = Record<string, string>;
const readRows = (text: string): Row[] => parse(text, { columns: true });
const tally = (values: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
};
const sum = (rows: readonly Row[], column: string): number =>
  rows.reduce((total, row) => total + Number(row[column] ?? ""), 0);

interface Shown {
  id: string;
  version: number;
  name: string;
  level: string;
  country: string;
  storageLocation: string;
  serviceType: string;
  externalRef: string | null;
  isDefault: boolean;
  active: boolean;
  trial: { daysLeft: number } | null;
  space: { limitBytes: number | null };
  licences: { limit: number | null };
  path: { name: string }[];
}

let home = "";
let stack: LocalStack;
let whole: Row[] = [];
/** The rows that are loaded: in the usual run the first of the file, and all of the small reseller. */
let rows: Row[] = [];
let byRef: ReadonlyMap<string, Row> = new Map();

const smallReseller = "R-120";
/** The rows of a reseller: itself and all below it. */
function branchOf(all: readonly Row[], ref: string): Row[] {
  const refs = new Set([ref]);
  return all.filter((row) => {
    const isIn = row["ref"] === ref || refs.has(row["parent_ref"] ?? "");
    if (isIn) refs.add(row["ref"] ?? "");
    return isIn;
  });
}
/** Writes rows as a file for the example. @returns its path */
async function writeRows(name: string, lines: readonly Row[]): Promise<string> {
  const header = Object.keys(whole[0] ?? {});
  const quote = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;
  const text = [header, ...lines.map((row) => header.map((column) => row[column] ?? ""))]
    .map((line) => line.map(quote).join(","))
    .join("\n");
  const file = join(home, name);
  await writeFile(file, text);
  return file;
}

/** The options that name the file: none where it is the example's own. */
const fileToLoad = async (): Promise<string[]> => (isFullSize ? [] : ["--file", await writeRows("some.csv", rows)]);

/** Runs the example as a newcomer would, and answers what it printed. */
async function runExample(...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(
    process.execPath,
    [join(example, "load.mjs"), "--url", stack.url, "--key-file", join(home, "admin-key"), ...args],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((done) => child.on("close", done));
  return { code, output };
}

async function get<T>(path: string): Promise<T> {
  const answer = await fetch(`${stack.url}/v1${path}`, { headers: { authorization: `Bearer ${stack.adminKey}` } });
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

/** The whole installation, itself first, by as many pages as it takes. */
async function listAll(): Promise<Shown[]> {
  const all: Shown[] = [];
  for (let cursor = ""; ;) {
    const page = await get<{ items: Shown[]; nextCursor: string | null }>(`/customers?limit=100${cursor}`);
    all.push(...page.items);
    if (page.nextCursor === null) return all;
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
  }
}

/** The figures that the example should print, worked out from the file alone. */
const gigabytes = (value: number): string =>
  value >= 1000 ? `${(value / 1000).toFixed(1)} TB` : `${value.toFixed(1)} GB`;
const expectedLine = (row: Row): string[] => [
  row["name"] ?? "",
  row["licences"] || "automatic",
  "0",
  row["space_gb"] ? gigabytes(Number(row["space_gb"])) : "unrestricted",
  "0.0 GB",
  row["active"] === "no" ? "inactive" : row["in_trial"] === "yes" ? "trial, 30 days left" : "active",
];
/** The cells of a printed line: columns stand at least two spaces apart. */
const cells = (line: string): string[] => line.split(/ {2,}/);

afterAll(async () => {
  await stack?.stop();
  await rm(home, { recursive: true, force: true });
});

describe("the book of business", () => {
  let first: { code: number | null; output: string };
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "tenantry-book-"));
    whole = readRows(await readFile(join(example, "customers.csv"), "utf8"));
    const small = branchOf(whole, smallReseller);
    rows = whole.filter((row, nth) => isFullSize || nth < 15 || small.includes(row));
    byRef = new Map(rows.map((row) => [row["ref"] ?? "", row]));
    stack = await startLocal({ home, port: 0, quiet: true, database: await newDatabase() });
    first = await runExample(...(await fileToLoad()));
  }, 180_000);

  it("has at least 200 rows, 12 countries, all levels, and countries with and without storage", () => {
    expect(whole.length).toBeGreaterThanOrEqual(200);
    expect(new Set(whole.map((row) => row["country"])).size).toBeGreaterThanOrEqual(12);
    expect(new Set(whole.map((row) => row["level"]))).toEqual(
      new Set(["distributor", "sub-distributor", "reseller", "end-customer", "site"]),
    );
    expect(whole.some((row) => row["storage_location"] === "")).toBe(true);
    expect(whole.some((row) => row["storage_location"] !== "")).toBe(true);
  });

  it("creates every row of the file", async () => {
    expect(first.output).toContain(`${rows.length} created, 0 updated, 0 unchanged, 0 failed`);
    expect(first.code).toBe(0);
    const loaded = (await listAll()).filter(({ externalRef }) => externalRef !== null);
    expect(tally(loaded.map(({ level }) => level))).toEqual(tally(rows.map((row) => row["level"] ?? "")));
    expect(tally(loaded.map(({ country }) => country))).toEqual(tally(rows.map((row) => row["country"] ?? "")));
  });

  it("puts every customer where the file says, with what the file says", async () => {
    const pathOf = (row: Row): string[] => {
      const parent = byRef.get(row["parent_ref"] ?? "");
      return [...(parent ? pathOf(parent) : ["Example Backup Services"]), row["name"] ?? ""];
    };
    const serviceOf = (row: Row): string =>
      row["level"] === "site"
        ? serviceOf(byRef.get(row["parent_ref"] ?? "") ?? {})
        : row["service_type"] || "all-inclusive";
    const loaded = (await listAll()).filter(({ externalRef }) => externalRef !== null);
    for (const customer of loaded) {
      const row = byRef.get(customer.externalRef ?? "");
      if (!row) throw new Error(`${customer.externalRef} is not in the file`);
      expect(customer.path.map(({ name }) => name)).toEqual(pathOf(row));
      expect({
        storageLocation: customer.storageLocation,
        serviceType: customer.serviceType,
        space: customer.space.limitBytes,
        licences: customer.licences.limit,
        active: customer.active,
        inTrial: customer.trial !== null,
      }).toEqual({
        storageLocation: row["storage_location"] || row["country"],
        serviceType: serviceOf(row),
        space: row["space_gb"] ? Number(row["space_gb"]) * 1e9 : null,
        licences: row["licences"] ? Number(row["licences"]) : null,
        active: row["active"] !== "no",
        inTrial: row["in_trial"] === "yes",
      });
    }
  });

  it("finds a Default Customer under each reseller", async () => {
    const all = await listAll();
    const defaults = all.filter(({ isDefault }) => isDefault).map(({ path }) => path.at(-2)?.name);
    const resellers = all.filter(({ level }) => level === "reseller").map(({ name }) => name);
    expect(resellers.length).toBeGreaterThan(0);
    expect(defaults.sort()).toEqual(resellers.sort());
  });

  it("prints the list of customers, the snapshot and the tree as the file has them", () => {
    const sections = first.output.split(/^List of customers of /mu).slice(1);
    const resellers = rows.filter((row) => row["level"] === "reseller");
    expect(sections).toHaveLength(resellers.length);
    for (const reseller of resellers) {
      const section = sections.find((text) => text.startsWith(`${reseller["name"]}\n`)) ?? "";
      const children = rows.filter((row) => row["parent_ref"] === reseller["ref"]);
      const printed = section.split("\nSpace and licences of ")[0] ?? "";
      const lines = printed
        .split("\n")
        .map(cells)
        .filter((line) => line.length === 6 && line[0] !== "Customer Name" && !line[0]?.startsWith("---"));
      const own = lines.filter(([name]) => name !== `Default Customer (${reseller["name"]})`);
      expect(lines).toHaveLength(children.length + 1);
      expect(new Map(own.map((line) => [line[0], line]))).toEqual(
        new Map(children.map((row) => [row["name"], expectedLine(row)])),
      );

      const figures = new Map(
        section
          .split("\n")
          .map(cells)
          .filter((line) => line.length === 2)
          .map(([label, value]) => [label, value]),
      );
      const [space, licences] = [Number(reseller["space_gb"]), Number(reseller["licences"])];
      expect(Object.fromEntries(figures)).toMatchObject({
        "Disk space allotted for the reseller": gigabytes(space),
        "Total backup space allotted to customers": gigabytes(sum(children, "space_gb")),
        "Free backup space available": gigabytes(space - sum(children, "space_gb")),
        "Licences in the reseller's pool": String(licences),
        "Licences allotted to customers": String(sum(children, "licences")),
        "Licences available in the reseller's pool": String(licences - sum(children, "licences")),
      });
    }
    const tree = (first.output.split("\nThe tree\n")[1] ?? "").split("\n").filter((line) => line !== "");
    const drawn = (row: Row): string => {
      const depth = (ref: string): number => (ref === "" ? 0 : 1 + depth(byRef.get(ref)?.["parent_ref"] ?? ""));
      const marks = row["active"] === "no" ? "inactive" : row["in_trial"] === "yes" ? "in trial" : "active";
      return `${"  ".repeat(depth(row["parent_ref"] ?? ""))}${row["name"]}  [${row["level"]}, ${marks}]`;
    };
    expect(tree.filter((line) => !line.includes("Default Customer (")).sort()).toEqual(rows.map(drawn).sort());
  });

  it("changes nothing when it runs again, and says so", async () => {
    const before = await listAll();
    const { code, output } = await runExample(...(await fileToLoad()));
    expect(code).toBe(0);
    expect(output).toContain(`0 created, 0 updated, ${rows.length} unchanged, 0 failed`);
    expect(output).toContain("nothing was changed");
    expect(await listAll()).toEqual(before);
  }, 120_000);

  it("brings what differs into line, reports what is refused, goes on, and ends with a failure", async () => {
    const [distributor, subDistributor, reseller] = rows;
    const customer = rows.find((row) => row["parent_ref"] === reseller?.["ref"]);
    const changed = [
      distributor ?? {},
      subDistributor ?? {},
      reseller ?? {},
      { ...customer, phone: "+49 40 66969 000" },
      { ...customer, ref: "X-1" },
      { ...customer, ref: "X-2", name: "Too Large a Wish", space_gb: "999999" },
      { ...customer, ref: "X-3", name: "Below Nobody", parent_ref: "X-1", level: "site" },
      { ...customer, ref: "X-4", name: "In its own place", licences: "", space_gb: "" },
    ];
    const { code, output } = await runExample("--file", await writeRows("changed.csv", changed));
    expect(output).toContain("1 created, 1 updated, 3 unchanged, 3 failed");
    expect(output).toMatch(/line 6, X-1 .*: name_taken \(name: /u);
    expect(output).toMatch(/line 7, X-2 .*: allotment_exceeded \(space\.limitBytes: /u);
    expect(output).toMatch(/line 8, X-3 .*: its parent X-1 failed/u);
    expect(code).toBe(1);
  }, 120_000);

  it("says what to do where there is no key", async () => {
    const { code, output } = await runExample("--key-file", join(home, "no-such-file"));
    expect(code).toBe(1);
    expect(output).toContain("npm start");
  });
});

describe("the agent of examples/agent, with the stock S3 client and the very policies of the template", () => {
  it("backs up 50 MB in parts and restores them, and is kept from all that is not its own", async () => {
    const program = [resolve(example, "..", "agent", "back-up.mjs"), "--url", stack.url, "--home", stack.home];
    const child = spawn(process.execPath, program, { stdio: ["ignore", "pipe", "pipe"] });
    const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
    expect([code, errors]).toEqual([0, ""]);
    expect(output).toContain("Uploaded 52428800 bytes in parts");
    expect(output.match(/^ {2}ok /gm)).toHaveLength(15);
    expect(output).toMatch(/All as it should be\.\n$/);
    // Nothing that opens the storage is kept, be it in the table or in a log.
    await stack.settle();
    const logged = await readFile(join(stack.home, "logs", "functions.log"), "utf8");
    expect(logged).toContain('"operation":"authorizeBackup"');
    for (const trace of ["ASIA", "sessionToken", "secretAccessKey"]) expect(logged).not.toContain(trace);
  }, 180_000);
});
