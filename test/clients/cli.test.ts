import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalStack, startLocal } from "../../local/run/start-local.ts";
import { newDatabase } from "../support/dynamo.ts";

/* The command line as its users start it, a process for each call, against a local stack. */
const folder = resolve(import.meta.dirname, "../../clients/cli");
const program = ["--conditions=tenantry:source", join(folder, "src/main.ts")];

interface Run {
  code: number | null;
  out: string;
  err: string;
}
interface Circumstances {
  env?: Record<string, string>;
  input?: string;
  cwd?: string;
}

let home = "";
let stack: LocalStack;

const start = (args: readonly string[], { env, cwd = home }: Circumstances = {}): ChildProcess =>
  spawn(process.execPath, [...program, ...args], {
    cwd,
    env: {
      PATH: process.env["PATH"],
      HOME: home,
      TMPDIR: process.env["TMPDIR"],
      NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
      TENANTRY_TEST_RUN: process.env["TENANTRY_TEST_RUN"],
      XDG_CONFIG_HOME: join(home, "config"),
      TENANTRY_HOME: stack.home,
      ...env,
    },
    stdio: ["pipe", "pipe", "pipe"],
  });

/** Runs `tenantry` with arguments. What it prints never holds a key. */
async function tenantry(args: readonly string[], circumstances: Circumstances = {}): Promise<Run> {
  const child = start(args, circumstances);
  let [out, err] = ["", ""];
  child.stdout?.on("data", (part: Buffer) => (out += part.toString()));
  child.stderr?.on("data", (part: Buffer) => (err += part.toString()));
  child.stdin?.end(circumstances.input ?? "");
  const [code] = (await once(child, "close")) as [number | null];
  expect(out + err).not.toContain(stack.adminKey ?? "no key");
  return { code, out, err };
}

/** Runs a command that must succeed. @returns what it has printed */
async function done(...args: string[]): Promise<string> {
  const { code, out, err } = await tenantry(args);
  expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
  return out;
}
const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await done(...args, "--json")) as T;
const id = async (...args: string[]): Promise<string> => (await done(...args, "--quiet")).trim();

/** What the API itself says, for what a command should have done. */
async function api<T>(path: string): Promise<T> {
  const answer = await fetch(`${stack.url}/v1${path}`, { headers: { authorization: `Bearer ${stack.adminKey}` } });
  return (await answer.json()) as T;
}
const childrenOf = async (parent: string): Promise<{ id: string; name: string }[]> =>
  (await api<{ items: { id: string; name: string }[] }>(`/customers?parentId=${parent}`)).items;

let reseller = "";
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "tenantry-cli-"));
  stack = await startLocal({ home: join(home, "stack"), port: 0, quiet: true, database: await newDatabase() });
  const created = "customers create --level reseller --email a@b.example --country DE --space 10TB --ref R-1";
  reseller = await id(...created.split(" "), "--name", "Sonnleitner IT");
}, 120_000);
afterAll(async () => {
  await stack?.stop();
  rmSync(home, { recursive: true, force: true });
});

describe("a login", () => {
  const file = (): string => join(home, "config", "tenantry", "credentials.json");
  const away = { TENANTRY_HOME: "/nonexistent" };
  const login = (...args: string[]) => ["login", "--url", stack.url, ...args];
  const source = async (circumstances: Circumstances): Promise<string> =>
    /Credential +(.*)/.exec((await tenantry(["whoami"], circumstances)).out)?.[1] ?? "none";

  test("by a wrong key is refused, and nothing is stored", async () => {
    const { code, out, err } = await tenantry(login("--key", "tk_wrong"));
    expect([code, out, existsSync(file())]).toEqual([3, "", false]);
    expect(err).toMatch(/^error: The key is not valid, or not any more\. .*tenantry login.* \(request req_\w+\)\n$/);
  });

  test("is not needed beside a local stack, and needed elsewhere", async () => {
    expect(await source({})).toBe(`local stack in ${stack.home}`);
    const elsewhere = await tenantry(["whoami"], { env: away });
    expect([elsewhere.code, elsewhere.err]).toEqual([3, expect.stringContaining("You are not logged in.")]);
  });

  test("is only tried with --dry-run", async () => {
    const { code, err } = await tenantry(login("--dry-run"), { input: stack.adminKey ?? "" });
    expect([code, err, existsSync(file())]).toEqual([0, "Dry run: the key is valid, nothing was stored.\n", false]);
  });

  test("by a key on the standard input is kept for its owner only, until the logout", async () => {
    const { code, out } = await tenantry(login(), { input: `${stack.adminKey}\n`, env: away });
    expect([code, out]).toEqual([0, `You are admin of Example Backup Services (provider) at ${stack.url}.\n`]);
    expect([statSync(file()).mode & 0o777, statSync(join(file(), "..")).mode & 0o777]).toEqual([0o600, 0o700]);
    const kept = `profile default in ${file()}`;
    await tenantry(["login", "--profile", "second", "--key", stack.adminKey ?? ""]);
    // The environment wins, and a key goes nowhere but to the address that it was given for.
    const found = [
      { TENANTRY_URL: "" },
      { TENANTRY_KEY: stack.adminKey ?? "" },
      { TENANTRY_URL: "https://other.example" },
      { TENANTRY_PROFILE: "second" },
    ].map(async (env) => await source({ env: { ...away, ...env } }));
    const second = kept.replace("default", "second");
    expect(await Promise.all(found)).toEqual([kept, "environment (TENANTRY_KEY)", "none", second]);
    await tenantry(["logout"]);
    expect(Object.keys(JSON.parse(readFileSync(file(), "utf8")).profiles)).toEqual(["second"]);
    await tenantry(["logout", "--profile", "second"]);
    expect(existsSync(file())).toBe(false);
  });
});

describe("what is printed", () => {
  test("is a table for people, JSON for programs, and ids alone with --quiet", async () => {
    const table = await done("customers", "list");
    expect(table).toMatch(/^ID +NAME +LEVEL +REFERENCE +STATE +LIMIT +USED +DEVICES\n/);
    expect(table).toContain(
      `${reseller}  Sonnleitner IT                     reseller      R-1        active  10 TB   0 B        0\n`,
    );
    const customers = await json<{ id: string; name: string }[]>("customers", "list");
    expect(customers.map(({ name }) => name)).toContain("Sonnleitner IT");
    const ids = await done("customers", "list", "--quiet", "--limit", "2");
    expect(ids.split("\n").slice(0, -1)).toEqual(customers.slice(0, 2).map((one) => one.id));
    const found = await json<{ space: object }>("customers", "get", "sonnleitner  it");
    expect(found.space).toMatchObject({ limitBytes: 10_000_000_000_000 });
  });

  test("has colours on a terminal only", async () => {
    expect(await done("customers", "list")).not.toContain("\u001B");
    const coloured = await tenantry(["customers", "list"], { env: { FORCE_COLOR: "1" } });
    expect(coloured.out).toContain("\u001B[1mID");
  });

  test("draws the tree", async () => {
    const lines = (await done("tree")).split("\n");
    expect(lines[1]).toBe(`└── Sonnleitner IT  reseller  ${reseller}`);
    expect(lines[2]).toContain("    └── Default Customer (Sonnleitner IT)  end-customer");
    expect(await json("tree", "--ref", "R-1", "--depth", "1")).toMatchObject({ id: reseller });
  });

  test("of an export is one file, whatever the pages that it comes in", async () => {
    const file = await done("export", "Sonnleitner IT");
    const whole = await fetch(`${stack.url}/v1/customers/${reseller}/export`, {
      headers: { authorization: `Bearer ${stack.adminKey}` },
    });
    expect(file).toBe(Buffer.from(await whole.arrayBuffer()).toString());
    expect(file).toMatch(
      /^\ufeffkind,externalRef,parent,[^\n]*\r\ncustomer,,,true,Default Customer \(Sonnleitner IT\),/,
    );
    const elsewhere = await tenantry(["export", "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"]);
    expect(elsewhere).toMatchObject({ code: 4, err: expect.stringMatching(/^error: /) });
  });

  test("of counts is what there is, and JSON has all", async () => {
    expect(await done("counts", "Sonnleitner IT")).toBe(
      [
        "WHAT            COUNT",
        "customers           1",
        "  end-customer      1",
        "  active            1",
        "accounts            0",
        "devices             0",
        "",
      ].join("\n"),
    );
    const { counts, totals } = await json<{ counts: { customers: object }; totals: object }>("counts", reseller);
    expect([counts.customers, totals]).toEqual([
      expect.objectContaining({ total: 1, byState: { active: 1, inactive: 0, trial: 0 } }),
      { devices: 0, needAttention: 0 },
    ]);
  });

  test("ends well where nobody reads to the end", async () => {
    const child = start(["customers", "list"]);
    child.stdout?.destroy();
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});

describe("the exit code says what went wrong:", () => {
  const post = ["--parent", "Sonnleitner IT", "--name", "Gasthof Post", "--email", "a@b.example", "--country"];
  test.concurrent.each<[what: string, args: string[], code: number, says: RegExp, env?: Record<string, string>]>([
    ["an unknown option", ["customers", "list", "--nope"], 2, /unknown option '--nope'/],
    ["no command", [], 2, /^Usage: tenantry/],
    ["a value that is none", ["customers", "update", "x", "--space", "much"], 2, /A size looks like 500GB/],
    ["no customer named", ["customers", "get"], 2, /Which customer\?/],
    ["a deletion that nobody confirms", ["customers", "delete", "Sonnleitner IT"], 2, /--confirm "Sonnleitner IT"/],
    ["no profile", ["whoami", "--profile", "nobody"], 3, /tenantry login --profile nobody/],
    ["no such id", ["devices", "get", "dev_01JZX0N4Y8M1Q2R3S4T5V6W7X8"], 4, /Check the id.*\(request req_/],
    ["no such name", ["customers", "get", "Nobody"], 4, /No customer of your branch has the name "Nobody"/],
    ["no such reference", ["customers", "get", "--ref", "R-2"], 4, /reference R-2/],
    [
      "a name that is taken",
      ["customers", "create", ...post.with(3, "Sonnleitner IT"), "DE"],
      5,
      /Choose another name\. \(field name, request req_/,
    ],
    [
      "wrong fields",
      ["customers", "create", ...post, "XX", "--phone", ""],
      5,
      /^error: .*country.*phone.*\(request req_/,
    ],
    ["nobody there", ["whoami"], 6, /127\.0\.0\.1:9 does not answer/, { TENANTRY_URL: "http://127.0.0.1:9" }],
  ])("%s", async (_, args, code, says, env = {}) => {
    const run = await tenantry(args, { env });
    expect([run.code, run.out]).toEqual([code, ""]);
    expect(run.err).toMatch(says);
  });
});

describe("a change", () => {
  const of = ["--parent", "Sonnleitner IT", "--email", "office@post.example", "--country", "DE"];
  test("is tried with --dry-run, made without, and found by name and by reference", async () => {
    const before = await childrenOf(reseller);
    const create = ["customers", "create", ...of, "--name", "Gasthof Post", "--ref", "K-1"];
    const dry = await tenantry([...create, "--dry-run"]);
    expect([dry.code, dry.err]).toEqual([0, "Dry run: everything was checked, nothing was changed.\n"]);
    expect(dry.out).toMatch(/^Name +Gasthof Post$/m);
    expect(await childrenOf(reseller)).toEqual(before);
    const made = await id(...create);
    const byRef = ["--ref", "K-1", "--parent", reseller];
    const changes = ["--space", "2TB", "--phone", "+49 30 1", "--data", '{"city":"Ulm"}'];
    const changed = await json("customers", "update", ...byRef, ...changes);
    expect(changed).toMatchObject({ id: made, phone: "+49 30 1", city: "Ulm", space: { limitBytes: 2e12 } });
    const cleared = await json("customers", "update", "gasthof  post", "--space", "none", "--phone", "none");
    expect(cleared).toMatchObject({ id: made, phone: null, space: { limitBytes: null } });
    const upsert = ["customers", "upsert", ...of, "--ref", "K-1", "--name", "Gasthof zur Post"];
    expect(await json(...upsert)).toMatchObject({ id: made, name: "Gasthof zur Post" });
  });

  test("of accounts and devices too; a deletion is undone", async () => {
    const contact = ["--contact-name", "Ann", "--contact-email", "ann@post.example"];
    const customer = ["--customer", "Gasthof zur Post"];
    const account = ["--plan", "select", "--username", "post", "--ref", "A-1", ...contact];
    const accountId = await id("accounts", "create", ...customer, ...account);
    expect(await json("accounts", "get", "--ref", "A-1", ...customer)).toMatchObject({ id: accountId, plan: "select" });
    const computer = ["--machine-id", "m-1", "--name", "TILL", "--kind", "workstation", "--os", "Windows 11"];
    const device = await id("devices", "create", "--account", "post", ...computer);
    expect(await done("devices", "list", ...customer)).toMatch(new RegExp(`^ID .*\n${device} +TILL +workstation`));
    expect(await id("devices", "list", "--branch")).toBe(device);
    expect(await id("accounts", "list", "--branch")).toBe(accountId);
    await done("devices", "delete", "TILL", ...customer, "--dry-run");
    expect(await api(`/devices/${device}`)).toMatchObject({ state: "active" });
    await done("devices", "delete", "TILL", ...customer, "--confirm", "TILL");
    expect(await api(`/devices/${device}`)).toMatchObject({ state: "deleted" });
    expect(await json("devices", "restore", device)).toMatchObject({ state: "active" });
  });
});

describe("an import", () => {
  const rows = (country: string): string =>
    `externalRef;Firma;E-Mail;Land\nI-1;Käserei Alm;alm@example.com;DE\nI-2;Käserei Tal;tal@example.com;${country}\n`;
  const written = (country: string): string => {
    const file = join(home, "kunden.csv");
    writeFileSync(file, Buffer.from(rows(country), "latin1"));
    return file;
  };

  test("tells what it would do, and then does it", async () => {
    const [file, result] = [written("XX"), join(home, "result.csv")];
    const dry = await tenantry(["import", file, "--into", "Sonnleitner IT", "--dry-run"]);
    expect([dry.code, dry.out]).toEqual([
      5,
      "Dry run, nothing was changed. It would be: 1 created, 0 updated, 0 unchanged, 1 refused.\n",
    ]);
    expect(dry.err).toMatch(/^LINE +WHAT +REFERENCE +PROBLEM *\n3 +customer +I-2 +Land must be an ISO 3166-1/);
    const run = await tenantry(["import", file, "--into", "Sonnleitner IT", "--result", result]);
    expect([run.code, run.out]).toEqual([5, "1 created, 0 updated, 0 unchanged, 1 refused.\n"]);
    expect(readFileSync(result, "utf8")).toMatch(
      /^\ufeffexternalRef,Firma,E-Mail,Land,result,id,problem\r\nI-1,Käserei Alm,alm@example\.com,DE,created,cus_\w+,\r\nI-2,.*,failed,,"Land: must/,
    );
    const found = await json<{ status: string; counts: object }>("import", written("DE"), "--into", "Sonnleitner IT");
    expect(found).toMatchObject({ status: "succeeded", counts: { created: 1, updated: 0, unchanged: 1, failed: 0 } });
  });

  test("is refused at once where the file is none, and can be left to itself", async () => {
    const file = join(home, "none.csv");
    writeFileSync(file, "a,b\n1,2\n");
    const none = await tenantry(["import", file]);
    expect([none.code, none.err]).toEqual([5, expect.stringContaining("names no column that this import knows")]);
    expect((await tenantry(["import", join(home, "missing.csv")])).code).toBe(2);
    const { out } = await tenantry(["import", "-", "--no-wait", "--dry-run"], { input: rows("DE") });
    expect(out).toMatch(/^imp_\w{26}\n$/);
  });
});

describe("search", () => {
  const settled = async (...args: string[]): Promise<string> => {
    await stack.settle();
    return done("search", ...args);
  };
  test("finds by several words, which are one text, and says by what, and where it is", async () => {
    const table = await settled("gasthof", "zur");
    expect(table).toMatch(/^ID +NAME +KIND +FOUND BY +WHERE\n/);
    const where = "Example Backup Services › Sonnleitner IT › Gasthof zur Post";
    expect(table).toContain(`  Gasthof zur Post  customer  name      ${where}\n`);
    expect(await settled("ann@")).toMatch(/acc_\w+ +post +account +contact +Example/);
    expect(await json<object[]>("search", "m-1", "--kind", "device")).toMatchObject([
      { name: "TILL", matched: "machineId" },
    ]);
    expect(await json<object[]>("search", "m-1", "--kind", "account")).toEqual([]);
  });

  test("says where there is more, and where there is nothing", async () => {
    const { code, out, err } = await tenantry(["search", "post", "--limit", "1"]);
    expect([code, out.split("\n").length, err]).toEqual([0, 3, "There is more: add a word, or --limit 2.\n"]);
    expect(await tenantry(["search", "nobody knows"])).toEqual({ code: 0, out: "", err: "Nothing found.\n" });
    expect((await tenantry(["search"])).code).toBe(2);
    expect((await tenantry(["search", "x", "--kind", "contact"])).code).toBe(2);
  });
});

describe("the log", () => {
  test("is followed until Ctrl-C: an entry that is made meanwhile appears once", async () => {
    const child = start(["log", reseller, "--follow", "--json", "--operation", "updateCustomer"]);
    let seen = "";
    const changes = (): string[] => seen.split("\n").filter((line) => line.includes('"+49 30 2"'));
    const until = async (holds: () => boolean): Promise<void> => {
      while (!holds()) await once(child.stdout ?? child, "data");
    };
    child.stdout?.on("data", (part: Buffer) => (seen += part.toString()));
    // What was there before is shown at once, so the command waits by now.
    await until(() => seen.includes("updateCustomer"));
    await done("customers", "update", "--ref", "R-1", "--phone", "+49 30 2");
    await until(() => changes().length > 0);
    child.kill("SIGINT");
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    expect([code, signal]).toEqual([null, "SIGINT"]);
    expect(changes()).toHaveLength(1);
    expect(JSON.parse(changes()[0] ?? "")).toMatchObject({ type: "CustomerUpdated", node: { id: reseller } });
  });

  test("is filtered by operation and time", async () => {
    const table = await done("log", "--since", "1h", "--operation", "createAccount");
    expect(table.split("\n")).toHaveLength(3);
    expect(table).toMatch(/AccountCreated +post +key_\w+ +createAccount/);
    expect(await json("log", "--until", "2020-01-01")).toEqual([]);
  });
});

test("reports are shown as they would be sent", async () => {
  const report = await done("reports", "preview", "--customer", "Sonnleitner IT", "--kind", "watchlist");
  expect(report).toContain("Sonnleitner IT");
  const which = await tenantry(["reports", "preview", "--customer", "Sonnleitner IT"]);
  expect([which.code, which.err]).toEqual([2, expect.stringContaining("(event-log)")]);
});

test("the watchlist of a branch where all is well is empty", async () => {
  expect(await tenantry(["watchlist"])).toEqual({ code: 0, out: "", err: "No device needs attention.\n" });
});

test("mail of the local stack is listed and shown", async () => {
  await stack.settle();
  expect(await done("mail", "list")).toMatch(/^NR +SENT +TO +SUBJECT\n +1 .*ann@post\.example/);
  expect(await done("mail", "show", "1")).toMatch(/^To: +ann@post\.example$/m);
  expect(await done("mail", "open")).toBe(`${stack.mailboxUrl}\n`);
});

test("the demo says what it would make", async () => {
  expect(await tenantry(["demo", "--dry-run"])).toMatchObject({
    code: 0,
    err: expect.stringContaining("108 computers and 14 days"),
  });
});

describe("completion", () => {
  test("offers commands, options and values", async () => {
    const offered = async (...line: string[]): Promise<string[]> =>
      (await done("complete", "--", ...line)).split("\n").map((text) => text.split("\t")[0] ?? "");
    const lines = [
      ["customers", "l"],
      ["tree", "--js"],
      ["customers", "list", "--level", ""],
    ];
    const [commands, options, values] = await Promise.all(lines.map(async (line) => await offered(...line)));
    expect([commands, options, values]).toEqual([
      expect.arrayContaining(["list"]),
      expect.arrayContaining(["--json"]),
      expect.arrayContaining(["reseller"]),
    ]);
  });

  test("has scripts for bash, zsh and fish", async () => {
    const shells = ["bash", "zsh", "fish"];
    const scripts = await Promise.all(shells.map(async (shell) => await done("completion", shell)));
    for (const script of scripts) expect(script).toContain("tenantry complete --");
    const file = join(home, "completion.bash");
    writeFileSync(file, scripts[0] ?? "");
    expect(await once(spawn("bash", ["-n", file]), "exit")).toEqual([0, null]);
  });
});

test("the help and the guide list the same exit codes", async () => {
  const codes = [...(await done("--help")).matchAll(/^ {2}(\d+) {2,}/gm)].map(([, code]) => code);
  const guide = readFileSync(resolve(folder, "../../docs/guides/command-line.md"), "utf8");
  expect([...guide.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => code)).toEqual(codes);
});

test("`npx tenantry` of a clone starts the same program where its user is", async () => {
  const bin = join(folder, "tenantry.mjs");
  const child = spawn(process.execPath, [bin, "customers", "create", "--data", "@no-such-file"], { cwd: home });
  let err = "";
  child.stderr.on("data", (part: Buffer) => (err += part.toString()));
  expect([(await once(child, "close"))[0], err]).toEqual([2, expect.stringContaining("no-such-file")]);
});
