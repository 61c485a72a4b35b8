// Builds a book of business from a CSV file over Tenantry's HTTP API, and prints what came of it.
// `--help` names its options.
//
// It is what a reseller's own program would look like: it may be run again at any time, also after it was interrupted, and then
// changes only what differs from the file. Plain JavaScript for Node 20 or later; csv-parse is all that it uses of the project.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parse } from "csv-parse/sync";

const project = fileURLToPath(new URL("../..", import.meta.url));
const usage = `Usage: node examples/book-of-business/load.mjs [options]

Creates the customers of a CSV file, and changes those that differ from it.

  --url URL        where the API answers (http://127.0.0.1:8787, or the port in PORT)
  --key-file FILE  file with the API key (.tenantry/admin-key, or below TENANTRY_HOME)
  --file FILE      the customers (customers.csv beside this program)
`;
const options = readOptions();
const token = readToken(options["key-file"]);
const say = (text = "") => void process.stdout.write(`${text}\n`);
process.stdout.on("error", () => process.exit(1)); // nobody reads any more, as with `| head`

/** The options of the command line. `--help` prints the usage; a wrong option ends the program with one line. */
function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        url: { type: "string", default: `http://127.0.0.1:${process.env.PORT ?? 8787}` },
        "key-file": {
          type: "string",
          default: resolve(project, process.env.TENANTRY_HOME ?? ".tenantry", "admin-key"),
        },
        file: { type: "string", default: fileURLToPath(new URL("customers.csv", import.meta.url)) },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (error) {
    process.stderr.write(`${error.message.split(/[.\n]/, 1)[0]}. Try --help.\n`);
    process.exit(2);
  }
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  return values;
}

// ---------------------------------------------------------------------------------------------------------------- the API

/** A refusal: the problem document that the API answered with. */
class Refused extends Error {
  constructor(problem) {
    // A complaint about a field repeats the detail where there is only one; the field's path is what it adds.
    const fields = problem.errors.map(({ path, message }) => `${path}: ${message}`);
    super(`${problem.code} (${fields.length > 0 ? fields.join("; ") : problem.detail})`);
  }
}

/** Sends a request, again where the answer says that it is worth it, or where none came. @throws Refused */
async function call(method, path, { body, idempotencyKey } = {}) {
  for (let attempt = 1; ; attempt += 1) {
    let answer;
    let text;
    try {
      answer = await fetch(`${options.url}/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { "content-type": "application/json" }),
          // With this key a change whose answer was lost is not made twice: the API repeats its first answer.
          ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      text = await answer.text();
    } catch (error) {
      if (attempt === 5)
        fail(`No answer from ${options.url}: ${error.cause?.message ?? error.message}. Does it run (npm start)?`);
      await sleep(200 * 2 ** attempt);
      continue;
    }
    if (answer.ok) return { status: answer.status, ...(text !== "" && { value: JSON.parse(text) }) };
    const wait = answer.headers.get("retry-after"); // with 429, 503 and a 409 that is only a matter of time
    if (wait !== null && attempt < 10) {
      await sleep(1000 * Number(wait) + Math.random() * 250);
      continue;
    }
    const isProblem = answer.headers.get("content-type")?.startsWith("application/problem+json");
    throw new Refused(
      isProblem ? JSON.parse(text) : { code: `http_${answer.status}`, detail: text.slice(0, 200), errors: [] },
    );
  }
}
const get = async (path, query = {}) => (await call("GET", `${path}?${new URLSearchParams(query)}`)).value;

/** All pages of a list, one after the other. */
async function* pages(path, query) {
  for (let cursor = query.cursor; cursor !== null;) {
    const page = await get(path, { ...query, ...(cursor !== undefined && { cursor }) });
    yield page.items;
    cursor = page.nextCursor;
  }
}

// --------------------------------------------------------------------------------------------------------------- the file

const text = (cell) => (cell === "" ? null : cell);
const words = (cell) => cell.split(" ").filter((word) => word !== "");
const number = (cell) => (cell === "" ? null : Number(cell));
const bytes = (cell) => (cell === "" ? null : Math.round(Number(cell) * 1e9));
const flag = (cell, otherwise) => (cell === "" ? otherwise : cell === "yes");

/** A row as the API takes it. The file is the truth: an empty cell clears the field, or leaves the choice to the API. */
const toCustomer = (row, parentId) => ({
  parentId,
  externalRef: row.ref,
  level: row.level,
  name: row.name,
  email: row.email,
  contactName: text(row.contact),
  address: text(row.address),
  city: text(row.city),
  postcode: text(row.postcode),
  phone: text(row.phone),
  fax: text(row.fax),
  notes: text(row.notes),
  tags: words(row.tags),
  country: row.country,
  ...(row.storage_location !== "" && { storageLocation: row.storage_location }),
  ...(row.service_type !== "" && { serviceType: row.service_type }),
  ...(row.services_to_provide !== "" && { servicesToProvide: words(row.services_to_provide) }),
  space: { limitBytes: bytes(row.space_gb), softLimitBytes: bytes(row.soft_space_gb) },
  licences: { limit: number(row.licences) },
  deviceLimit: number(row.max_devices),
  autoAuthorize: flag(row.auto_authorize, false),
  emailReports: flag(row.email_reports, false),
  timezone: text(row.timezone),
  locale: text(row.locale),
});

const run = randomUUID();
/** Creates the row's customer, or brings it into line with the row. */
async function load(row, parentId) {
  const { items } = await get("/customers", { parentId, externalRef: row.ref });
  const before = items[0];
  const body = toCustomer(row, parentId);
  // Only a new customer can be put in trial or be inactive; later that is a matter of other operations.
  const atFirst = { ...(row.in_trial === "yes" && { inTrial: true }), active: flag(row.active, true) };
  const { value: after } = await call("PUT", "/customers", {
    body: before ? body : { ...body, ...atFirst },
    idempotencyKey: `${row.ref}/${run}`,
  });
  return { id: after.id, outcome: !before ? "created" : after.version === before.version ? "unchanged" : "updated" };
}

/** Lets at most `width` tasks run at the same time. */
function atMost(width) {
  const waiting = [];
  let running = 0;
  return async (task) => {
    if (running >= width) await new Promise((go) => waiting.push(go));
    else running += 1;
    try {
      return await task();
    } finally {
      const next = waiting.shift(); // hands its place on
      if (next) next();
      else running -= 1;
    }
  };
}

/** Loads all rows, each as soon as its parent is there. Answers what became of each: by reference, in the file's order. */
async function loadAll(rows, topId) {
  const slot = atMost(8);
  const results = new Map();
  for (const [index, row] of rows.entries()) {
    const report = (problem) => ({ row, line: index + 2, outcome: "failed", problem });
    const parent = row.parent_ref === "" ? Promise.resolve({ id: topId }) : results.get(row.parent_ref);
    results.set(
      results.has(row.ref) ? `${row.ref} (line ${index + 2})` : row.ref,
      (async () => {
        if (results.has(row.ref)) return report(`the reference ${row.ref} stands in the file twice`);
        if (parent === undefined) return report(`its parent ${row.parent_ref} does not stand above it in the file`);
        const { id: parentId } = await parent;
        if (parentId === undefined) return report(`its parent ${row.parent_ref} failed`);
        try {
          return { row, line: index + 2, ...(await slot(() => load(row, parentId))) };
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          return report(error.message);
        }
      })(),
    );
  }
  return Promise.all(results.values());
}

// ------------------------------------------------------------------------------------------------------------ what is shown

/** Columns that a text takes in a terminal: East Asian characters take two, combining marks none. */
const columns = (value) =>
  [...value].reduce(
    (sum, char) =>
      sum +
      (/\p{Mn}|\p{Me}|\p{Cf}/u.test(char)
        ? 0
        : /\p{sc=Han}|\p{sc=Hangul}|\p{sc=Hiragana}|\p{sc=Katakana}|[\u3000-\u303f\uff01-\uff60]/u.test(char)
          ? 2
          : 1),
    0,
  );
/** A text table. Columns whose heading begins with a space stand to the right. */
function table(headings, lines) {
  const widths = headings.map((_, column) => Math.max(...[headings, ...lines].map((line) => columns(line[column]))));
  const pad = (cell, column) => {
    const space = " ".repeat(widths[column] - columns(cell));
    return headings[column].startsWith(" ") ? space + cell : cell + space;
  };
  const draw = (line) => line.map(pad).join("  ").trimEnd();
  return [draw(headings), widths.map((width) => "-".repeat(width)).join("  "), ...lines.map(draw)].join("\n");
}

const size = (value, none = "unrestricted") => {
  if (value === null) return none;
  const [unit, factor] = Math.abs(value) >= 1e12 ? ["TB", 1e12] : ["GB", 1e9];
  return `${(value / factor).toFixed(1)} ${unit}`;
};
const count = (value, none = "unrestricted") => (value === null ? none : String(value));
const state = ({ active, trial, deletedAt }) => {
  if (deletedAt !== null) return "deleted";
  if (!active) return "inactive";
  return trial === null ? "active" : `trial, ${trial.daysLeft} days left`;
};

/** The list of customers of a reseller, page by page. */
async function showCustomers(reseller) {
  say(`\nList of customers of ${reseller.name}`);
  let number = 0;
  for await (const items of pages("/customers", { parentId: reseller.id, limit: 20 })) {
    number += 1;
    say(`\nPage ${number}`);
    const lines = items.map((customer) => [
      customer.name,
      count(customer.licences.limit, "automatic"),
      String(customer.licences.usedToDate),
      size(customer.space.limitBytes),
      size(customer.space.usedBytes),
      state(customer),
    ]);
    say(
      table(
        ["Customer Name", " Licences Allotted", " Used Till Date", " Allotted Space", " Used Space", "State"],
        lines,
      ),
    );
  }
}

/** What a reseller has been allotted, and what is left of it. */
function showSnapshot({ name, space, licences }, provider) {
  const lines = [
    ["Disk space allotted for the reseller", size(space.limitBytes)],
    ["Total backup space allotted to customers", size(space.allottedToChildrenBytes)],
    ["Free backup space available", size(space.freeBytes)],
    ["Licences in the reseller's pool", count(licences.limit, "automatic")],
    ["Licences allotted to customers", count(licences.allottedToChildren)],
    ["Licences available in the reseller's pool", count(licences.available)],
    ["Licences available in the global pool", count(provider.licences.available)],
  ];
  say(`\nSpace and licences of ${name}\n\n${table(["", " "], lines).split("\n").slice(2).join("\n")}`);
}

/** The tree below a customer. A level that is longer than the tree shows goes on as a list. */
async function showTree(node, indent = "") {
  const marks = [!node.active && "inactive", node.inTrial && "in trial"].filter(Boolean).join(", ") || "active";
  say(`${indent}${node.name}  [${node.level}, ${marks}]`);
  for (const child of node.children ?? []) await showTree(child, `${indent}  `);
  if (node.nextCursor === null) return;
  for await (const items of pages("/customers", { parentId: node.id, cursor: node.nextCursor }))
    for (const { id } of items) await showTree(await get(`/customers/${id}/tree`, { depth: 5 }), `${indent}  `);
}

// ---------------------------------------------------------------------------------------------------------------------------

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function readToken(file) {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return fail(`There is no key in ${file}. Start Tenantry first (npm start), or name the file with --key-file.`);
  }
}

const rows = parse(readFileSync(options.file, "utf8"), { columns: true, bom: true, skip_empty_lines: true });
const { scope } = await get("/me").catch((error) => fail(`The key was refused: ${error.message}`));
say(`Loading ${rows.length} customers below ${scope.name}, a ${scope.level} ...`);
const began = Date.now();
const results = await loadAll(rows, scope.id);
const failed = results.filter(({ outcome }) => outcome === "failed");
const tally = ["created", "updated", "unchanged", "failed"]
  .map((outcome) => `${results.filter((result) => result.outcome === outcome).length} ${outcome}`)
  .join(", ");
say(`${tally}, in ${((Date.now() - began) / 1000).toFixed(1)} s.`);
if (results.every(({ outcome }) => outcome === "unchanged"))
  say("Everything is as the file says; nothing was changed.");
for (const { row, line, problem } of failed) say(`  line ${line}, ${row.ref} ${row.name}: ${problem}`);

const loaded = results.filter(({ outcome }) => outcome !== "failed");
const provider = await get(`/customers/${scope.id}`);
for (const { id } of loaded.filter(({ row }) => row.level === "reseller")) {
  const reseller = await get(`/customers/${id}`);
  await showCustomers(reseller);
  showSnapshot(reseller, provider);
}
say("\nThe tree\n");
for (const { id } of loaded.filter(({ row }) => row.parent_ref === ""))
  await showTree(await get(`/customers/${id}/tree`, { depth: 5 }));
if (failed.length > 0) process.exitCode = 1;
