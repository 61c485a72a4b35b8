import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readHeader } from "../../../shared/domain/imports/columns.ts";
import { decode } from "../../../shared/domain/imports/decoding.ts";
import { dialectOf } from "../../../shared/domain/imports/dialect.ts";
import { planRows } from "../../../shared/domain/imports/plan.ts";
import { type ImportRow, readRow } from "../../../shared/domain/imports/rows.ts";
import { dump } from "../../model/invariants.ts";
import { type CallOptions, costsOf, type Reply } from "../../support/api.ts";
import { expectRefusal } from "../stages/book.ts";
import { type Moving, openMoving, rowsOf } from "../stages/moving.ts";
import { goodPassword } from "../stages/post.ts";

type Body = Reply["body"];

let fleet: Moving;
beforeAll(async () => {
  fleet = await openMoving();
});
afterAll(() => fleet.close());

const exported = (id: string, query: Record<string, string> = {}, options: CallOptions = {}) =>
  fleet.call("exportBranch", { params: { id }, query }, options);
const nextOf = ({ headers }: Reply): Record<string, string> | null => {
  const link = headers["link"];
  if (link === undefined) return null;
  const [, rest] = /^<\/v1\/customers\/cus_\w+\/export\?([^>]*)>; rel="next"$/.exec(link) ?? [];
  return Object.fromEntries(new URLSearchParams(rest));
};
/** All pages of an export, one after the other. */
async function pagesOf(id: string, query: Record<string, string> = {}, options: CallOptions = {}): Promise<string[]> {
  const pages: string[] = [];
  for (let next: Record<string, string> | null = query; next !== null;) {
    const reply = await exported(id, next, options);
    expect([reply.status, reply.headers["content-type"]]).toEqual([200, "text/csv; charset=utf-8"]);
    pages.push(String(reply.body ?? ""));
    next = nextOf(reply);
  }
  return pages;
}

type PlannedRow = ImportRow & { line: number; above: ReturnType<typeof planRows>[number]["above"] };
/** A file as an import reads it; that nothing in it is refused is expected. */
function read(file: string): PlannedRow[] {
  const decoded = decode(new TextEncoder().encode(file));
  if (!("text" in decoded)) throw new Error(decoded.problem);
  expect(decoded).toMatchObject({ encoding: "utf-8", hasByteOrderMark: true });
  const { separator, lineEnd, start } = dialectOf(decoded.text);
  expect([separator, lineEnd, start]).toEqual([",", "\r\n", 0]);
  const [names = [], ...lines] = parse(decoded.text, { delimiter: separator, record_delimiter: lineEnd });
  const header = readHeader(names);
  if (!("columns" in header)) throw new Error(header.problem);
  expect(header.columns).not.toContain(null);
  const rows = lines.map((cells) => readRow(header, cells));
  const nameOf = ({ kind, input }: ImportRow): string =>
    String(input[kind === "customer" ? "name" : kind === "account" ? "username" : "machineId"]);
  const planned = planRows(
    rows.map((row) => ({ ...row, name: nameOf(row) })),
    (index) => index + 2,
  );
  return rows.map((row, line) => {
    const { above = null, findings = [] } = planned[line] ?? {};
    expect([row, row.findings, findings]).toEqual([row, [], []]);
    // Parents before what stands below them.
    expect(above === null || ("row" in above && above.row < line)).toBe(true);
    return { ...row, line, above };
  });
}
const nameIn = ({ kind, input }: ImportRow): string => String(input[kind === "account" ? "username" : "name"]);

/** Makes what the rows of a file tell of below a customer. */
async function bring(rows: readonly PlannedRow[], topId: string): Promise<void> {
  const ids: string[] = [];
  for (const { kind, ref, isDefault, input, above, line } of rows) {
    const parent = above === null ? topId : "row" in above ? (ids[above.row] ?? "") : "";
    const externalRef = ref ?? undefined;
    const below =
      kind === "device"
        ? { accountId: parent }
        : kind === "customer"
          ? { parentId: parent }
          : parent.startsWith("acc_")
            ? { parentAccountId: parent }
            : { customerId: parent };
    const body: Body = { ...below, ...input, externalRef };
    if (isDefault) {
      const { items } = await fleet.ok("listCustomers", { query: { parentId: parent, limit: "200" } });
      const { id } = items.find((one: Body) => one.isDefault);
      const { inTrial: _, active, parentId: __, ...patch } = body;
      await fleet.ok("updateCustomer", { params: { id }, body: patch });
      if (active === false) await fleet.ok("deactivateCustomer", { params: { id } });
      ids[line] = id;
    } else if (kind === "customer") ids[line] = (await fleet.ok("createCustomer", { body })).id;
    else if (kind === "account")
      ids[line] = (await fleet.ok("createAccount", { body: { ...body, password: goodPassword } })).id;
    else ids[line] = (await fleet.ok("createDevice", { body })).id;
  }
}

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
/** Names that spreadsheets, CSV and imports may read as something else. */
const odd = [
  "=HYPERLINK(A1)",
  "'=1+1",
  "+49",
  "-1",
  "@SUM",
  "'s-Hertogenbosch",
  'He said "yes", twice; or not',
  "1,5 TB",
  "007",
  "👩‍👩‍👧‍👦 Backup 🇩🇪",
  "name:Müller & Söhne",
  "login:anna",
  "true",
];

/** A branch of everything that a file can tell of, below a distributor. */
async function branch(): Promise<{ id: string; moved: string; deleted: string[]; waiting: string }> {
  const { id } = await fleet.create(fleet.provider.id, { level: "distributor" });
  const sub = await fleet.create(id, {
    level: "sub-distributor",
    externalRef: "1",
    servicesToProvide: ["all-inclusive"],
  });
  const reseller = await fleet.create(sub.id, {
    externalRef: "1",
    autoAuthorize: true,
    emailReports: true,
    timezone: "Europe/Berlin",
    locale: "de",
    branding: { logoUrl: "https://a.example/logo.png", color: "#1a2b3c", supportUrl: "https://a.example/?a=1,2" },
    space: { limitBytes: 1_500_000_000_001, softLimitBytes: 1_000_000_000_000 },
    licences: { limit: 100 },
    deviceLimit: 500,
  });
  const other = await fleet.create(id, { level: "reseller", country: "AT", storageLocation: "CH", active: false });
  const ofOther = (await fleet.ok("listCustomers", { query: { parentId: other.id } })).items[0];
  await fleet.patch(ofOther.id, {
    name: "Walk-ins",
    notes: "One line\r\nand another\n\n  and more\t",
    externalRef: "W",
  });
  await fleet.ok("deactivateCustomer", { params: { id: ofOther.id } });
  const below = { password: goodPassword, contact: { name: 'Änne "A" O\'Neill', email: "anne@müller.example" } };
  // What stands below a Default Customer, and below one whose reference is another one's name.
  await fleet.create(ofOther.id, { name: "1", externalRef: "Walk-ins" });
  await fleet.login({ customerId: ofOther.id, username: "walk-ins" });
  for (const [nth, name] of [...scripts, ...odd].entries()) {
    const customer = await fleet.create(nth % 2 === 0 ? reseller.id : other.id, {
      name,
      externalRef: String(nth + 1),
      contactName: name,
      address: `${name}, 1`,
      city: name,
      postcode: "01234",
      phone: "+49 851 555 0114",
      fax: "-",
      notes: `${name}\n"quoted", ${name}`,
      tags: [name, "a|b", String.raw`c\d\\`, String.raw`|\|`],
      serviceType: nth % 5 === 0 && nth % 2 === 1 ? "software-only" : "all-inclusive",
      ...(nth % 3 === 0 && { inTrial: true }),
      country: nth % 4 === 0 ? "AT" : "DE",
      ...(nth % 4 === 0 && { storageLocation: "DE" }),
    });
    if (nth % 3 === 2) continue;
    const account = await fleet.ok("createAccount", {
      body: {
        ...below,
        customerId: customer.id,
        username: nth === 0 ? "anna" : `${name.replaceAll(/\s/g, "_")}-${nth}`,
        externalRef: "1",
        plan: nth % 2 === 0 ? "trial" : "select",
        ...(nth % 2 === 0 && { trialDays: 14 }),
        ...(nth % 3 === 0 && { active: false }),
        hardQuotaBytes: 10_000 + nth,
        contact: { ...below.contact, phone: "+49", locale: "fr" },
      },
    });
    if (nth >= 5) continue;
    const parentAccountId = account.id;
    const sub = { parentAccountId, username: `sub-${nth}`, password: goodPassword, userQuotaBytes: 5 };
    const first = await fleet.ok("createAccount", { body: { ...sub, externalRef: "1" } });
    await fleet.ok("createAccount", { body: { ...sub, username: `own-${nth}`, contact: below.contact } });
    for (const accountId of [account.id, first.id])
      await fleet.ok("createDevice", {
        body: {
          accountId,
          ...fleet.machine({ name, kind: "server", agentVersion: "7.10", os: `Windows "11" ${nth}` }),
          externalRef: "1",
          ...(nth % 2 === 0 && { active: false }),
        },
      });
    if (nth < 3) await fleet.create(customer.id, { notes: "  indented\n" });
  }
  // A sub-account that is older than its parent account, which it was moved below.
  const [from, to] = [await fleet.create(reseller.id), await fleet.create(reseller.id)];
  const older = await fleet.login({ customerId: from.id });
  await fleet.ok("createDevice", { body: { accountId: older.id, ...fleet.machine() } });
  await fleet.login({ customerId: to.id });
  const move = { ids: [older.id], customerId: to.id, onSamePlan: "sub-account" };
  expect(rowsOf(await fleet.ended(await fleet.call("moveAccounts", { body: move })))).toEqual(["succeeded"]);
  // What is left out.
  const gone = await fleet.create(reseller.id);
  await fleet.login({ customerId: gone.id });
  const site = await fleet.create(gone.id);
  await fleet.remove(gone);
  const [login, goneLogin] = [
    await fleet.login({ customerId: from.id }),
    await fleet.login({ customerId: site.id }).catch(() => null),
  ];
  expect(goneLogin).toBeNull();
  const heir = await fleet.subAccount(login.id);
  for (const accountId of [login.id, heir.id])
    await fleet.ok("createDevice", { body: { accountId, ...fleet.machine({ name: "of a deleted account" }) } });
  await fleet.ok("deleteAccount", { params: { id: login.id }, query: { confirm: login.username } });
  const kept = await fleet.login({ customerId: from.id, plan: "basic" });
  const device = await fleet.ok("createDevice", {
    body: { accountId: kept.id, ...fleet.machine({ name: "deleted" }) },
  });
  await fleet.ok("deleteDevice", { params: { id: device.id }, query: { confirm: "deleted" } });
  const { token: enrolmentKey } = await fleet.enrolmentKey(from.id, { plan: undefined });
  const waits = await fleet.enrol({ enrolmentKey }, { name: "waits" });
  expect(waits.status).toBe(202);
  return {
    id,
    moved: to.id,
    deleted: [gone.name, site.name, login.username, heir.username, "of a deleted account", "deleted"],
    waiting: "waits",
  };
}

describe("a branch of everything that a file can tell of", () => {
  let id: string;
  let moved: string;
  let left: string[];
  let file: string;
  let before: ReadonlySet<string>;
  const keyOf = ({ pk, sk }: { pk?: unknown; sk?: unknown }): string => `${String(pk)}\n${String(sk)}`;
  beforeAll(async () => {
    before = new Set((await dump(fleet.table)).map(keyOf));
    const made = await branch();
    [id, moved, left] = [made.id, made.moved, [...made.deleted, made.waiting]];
    file = (await pagesOf(id)).join("");
  }, 120_000);

  test("is exported with one row for each customer, account and device that is neither deleted nor waiting", async () => {
    const rows = read(file);
    for (const kind of ["customer", "account", "device"]) {
      const listed: Body[] = [];
      for (let cursor: string | null = ""; cursor !== null;) {
        const query = { kind, limit: "200", ...(cursor !== "" && { cursor }) };
        const page: Body = await fleet.ok("listDescendants", { params: { id }, query });
        listed.push(...page.items.map((item: Body) => item[kind]));
        cursor = page.nextCursor;
      }
      const wanted = listed.map((one) => String(one.username ?? one.name)).filter((name) => !left.includes(name));
      const names = rows.filter((row) => row.kind === kind).map(nameIn);
      expect(names.toSorted()).toEqual(wanted.toSorted());
      if (kind === "customer") expect(names).toEqual(wanted);
    }
    expect(
      rows
        .filter(({ isDefault }) => isDefault)
        .map(nameIn)
        .toSorted(),
    ).toEqual([expect.stringMatching(/^Default Customer/), "Walk-ins"]);
    expect(file).not.toMatch(/password|\$argon2/i);
  });

  test("is the same file whatever the size of its pages, of which the first has the header", async () => {
    for (const [top, limit] of [
      [moved, "1"],
      [id, "4"],
      [id, "30"],
    ] as const) {
      const pages = await pagesOf(top, { limit });
      expect(pages.join("")).toBe(top === id ? file : (await pagesOf(top)).join(""));
      expect(pages.filter((page) => page.includes("\ufeffkind,externalRef,parent,"))).toEqual([pages[0]]);
      expect(pages.length).toBeGreaterThan(2);
    }
  });

  test("holds no cell that a spreadsheet would take for a formula", () => {
    const cells = parse(file, { bom: true }).flat();
    expect(cells.filter((cell) => /^\s*[=+\-@\t\r|%]/.test(cell))).toEqual([]);
    expect(cells).toContain("'=HYPERLINK(A1)");
  });

  test("is wiped and imported elsewhere, and is then exported as the same file", async () => {
    const rows = read(file);
    const { documents, tableName: TableName } = fleet.table;
    for (const item of await dump(fleet.table))
      if (!before.has(keyOf(item)))
        await documents.send(new DeleteCommand({ TableName, Key: { pk: item["pk"], sk: item["sk"] } }));
    const target = await fleet.create(fleet.provider.id, { level: "distributor" });
    await bring(rows, target.id);
    expect((await pagesOf(target.id)).join("")).toBe(file);
  });
});

test("of an end-customer begins with its own accounts; of one with nothing below it is a header", async () => {
  const customer = await fleet.customer();
  const { token } = await fleet.key(customer.id, "viewer");
  const [header = "", ...none] = (await pagesOf(customer.id, {}, { token })).join("").split("\r\n");
  expect([header.startsWith("\ufeffkind,"), none]).toEqual([true, [""]]);
  const login = await fleet.login({ customerId: customer.id });
  const sub = await fleet.subAccount(login.id);
  await fleet.ok("createDevice", { body: { accountId: sub.id, ...fleet.machine({ name: "PC" }) } });
  const page = await exported(customer.id, {}, { token });
  expect(costsOf(page).roundTrips).toBeLessThanOrEqual(4);
  const rows = read(page.body);
  expect(rows.map(({ kind, parent }) => [kind, parent])).toEqual([
    ["account", null],
    ["account", `login:${login.username}`],
    ["device", `login:${sub.username}`],
  ]);
  // The login of an account exports nothing.
  const { username } = login;
  const session = await fleet.ok("login", { body: { username, password: goodPassword } }, { token: null });
  expectRefusal(await exported(customer.id, {}, { token: session.token }), 403, "forbidden");
});

test("a page looks at no more than 200 customers, and may be empty before the last", async () => {
  const { id } = await fleet.create(fleet.provider.id, { level: "reseller" });
  const end = await fleet.create(id);
  for (let nth = 0; nth < 5; nth += 1) await fleet.create(end.id);
  for (let nth = 0; nth < 230; nth += 1) await fleet.create(id, { name: `Wide ${String(nth).padStart(3, "0")}` });
  const pages = await pagesOf(id);
  expect(pages.map((page) => page.split("\r\n").length - 1)).toEqual([200, 38]);
  expect(read(pages.join("")).map(nameIn)).toHaveLength(237);
});

test("refuses what the caller does not see, what is deleted, and cursors of something else", async () => {
  const [customer, other] = [await fleet.customer(), await fleet.customer()];
  const { token } = await fleet.key(customer.id, "viewer");
  for (const id of [other.id, fleet.resellerId, "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"])
    expectRefusal(await exported(id, {}, { token }), 404, "not_found");
  for (const limit of ["0", "501", "x"])
    expectRefusal(await exported(customer.id, { limit }), 400, "invalid_request", "limit");
  const { nextCursor: cursor } = await fleet.ok("listDescendants", {
    params: { id: fleet.resellerId },
    query: { kind: "customer", limit: "1" },
  });
  expectRefusal(await exported(fleet.resellerId, { cursor }), 400, "invalid_cursor");
  const next = nextOf(await exported(fleet.resellerId, { limit: "1" }));
  expectRefusal(await exported(customer.id, next ?? {}), 400, "invalid_cursor");
  const site = await fleet.create(other.id);
  await fleet.remove(other);
  for (const id of [other.id, site.id]) expectRefusal(await exported(id), 409, "customer_deleted");
});
