import * as z from "zod";
import { AccountUpsert } from "../accounts/account.ts";
import { DeviceUpsert } from "../devices/device.ts";
import { CustomerInput } from "../hierarchy/customer.ts";
import { unguarded } from "../reports/csv.ts";
import type { FieldError } from "../terms/errors.ts";
import { Reference } from "../terms/text.ts";
import { type Header, placeOf, readFlag, type RowKind, rowKinds } from "./columns.ts";

type Json = Record<string, unknown>;

/** A row of a file, before it is known what it stands below. */
export interface ImportRow {
  kind: RowKind;
  /** Its number in the system that it comes from: by it the row is made once. */
  ref: string | null;
  /** The reference or the name of what it stands below (see `planRows`); null: the customer that is imported into. */
  parent: string | null;
  /** It tells of the Default Customer that is made with the reseller above it: nothing is required then, and what it says is changed. */
  isDefault: boolean;
  /** The request that makes it, without what it stands below. */
  input: Json;
  /** What stands against it, by the columns of the file. */
  findings: FieldError[];
}

/** Ids that stand for parents, which are found later, so that the other rules of a request can be asked now. */
const stand = { customerId: `cus_${"0".repeat(26)}`, accountId: `acc_${"0".repeat(26)}` };
const anyRef = "row";
const rules: Readonly<Record<RowKind, (input: Json) => z.ZodSafeParseResult<unknown>>> = {
  // Who has no address of its own is written to at the address of the level above.
  customer: (input) => CustomerInput.safeParse({ email: "office@example.com", ...input }),
  account: (input) => AccountUpsert.safeParse({ customerId: stand.customerId, externalRef: anyRef, ...input }),
  device: (input) => DeviceUpsert.safeParse({ accountId: stand.accountId, externalRef: anyRef, ...input }),
};

/** Nobody makes a Default Customer: it is there, and a trial is chosen by who makes a customer. */
const defaultRule = CustomerInput.partial().extend({
  inTrial: z.literal(false, { error: "cannot be said of a Default Customer" }).optional(),
});

/** Puts a value at a place within a request: `space.limitBytes`. */
function put(input: Json, path: string, value: unknown): void {
  const [name = "", ...rest] = path.split(".");
  if (rest.length === 0) input[name] = value;
  else {
    const inner = (input[name] ?? {}) as Json;
    input[name] = inner;
    put(inner, rest.join("."), value);
  }
}

/**
 * Reads the cells of a row. Empty cells say nothing. Everything that is wrong is found at once, and told by the name that the column has in the file.
 */
export function readRow({ names, columns }: Header, cells: readonly string[]): ImportRow {
  const findings: FieldError[] = [];
  const find = (path: string, message: string): void => void findings.push({ path, message });
  const cellAt = (nth: number): string => unguarded(cells[nth]?.trim() ?? "").trim();
  const cell = (column: string): string | null => cellAt(columns.indexOf(column)) || null;
  const nameOf = (column: string): string => names[columns.indexOf(column)] ?? column;

  if (cells.length > names.length)
    find("", `has ${cells.length} cells, and the first line names ${names.length} columns`);
  const told = cell("kind");
  const kind = told === null ? "customer" : rowKinds.find((one) => one === told.toLowerCase());
  if (kind === undefined) find(nameOf("kind"), "must be customer, account or device");
  const known = kind ?? "customer";

  const ref = cell("externalref");
  if (ref !== null && !Reference.safeParse(ref).success)
    find(nameOf("externalref"), "must be a line of 200 characters at most");
  const isDefault = readIsDefault(cell("defaultcustomer"), known, (message) =>
    find(nameOf("defaultcustomer"), message),
  );
  const input: Json = {};
  /** The columns that parts of the request come from. */
  const sources = new Map<string, string>();
  for (const [nth, column] of columns.entries()) {
    const place = column === null ? undefined : placeOf(known, column);
    const bare = cellAt(nth);
    if (!place || bare === "") continue;
    const given = place.asIs ? unguarded(cells[nth] ?? "") : bare;
    const name = names[nth] ?? "";
    const said = place.read(given);
    sources.set(place.path, name);
    if ("problem" in said) find(name, said.problem);
    else if (said.value !== undefined) put(input, place.path, said.value);
  }
  const wrong = new Set(findings.map(({ path }) => path));
  const checked = isDefault ? defaultRule.safeParse(input) : rules[known](input);
  for (const { path, message, code } of checked.error?.issues ?? []) {
    const at = path.join(".");
    const name =
      sources.get(at) ??
      [...sources].find(([source]) => at.startsWith(source))?.[1] ??
      missingColumn(known, at, nameOf);
    if (!wrong.has(name)) find(name, code === "invalid_type" && !sources.has(at) ? "is required" : message);
    wrong.add(name);
  }
  return { kind: known, ref, parent: cell("parent"), isDefault, input, findings };
}

/** Whether a row is that of a Default Customer, by the cell that says so. */
function readIsDefault(told: string | null, kind: RowKind, find: (message: string) => void): boolean {
  const said = told === null ? { value: false } : readFlag(told);
  if ("problem" in said) find(said.problem);
  else if (said.value === true && kind !== "customer") find("can be said of a customer only");
  return kind === "customer" && "value" in said && said.value === true;
}

/** Fields of requests that say what a thing stands below. */
const saidByParent = ["parentId", "customerId", "parentAccountId", "accountId", "customer"];

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Reads a line of JSON: `kind`, `externalRef`, `parent`, `defaultCustomer`, and beside them the fields of the request that makes such a thing. What is wrong is told by the
 * fields of that request.
 */
export function readJsonRow(text: string): ImportRow {
  const nothing = { kind: "customer", ref: null, parent: null, isDefault: false, input: {} } as const;
  const given = parsed(text);
  if (!isObject(given)) return { ...nothing, findings: [{ path: "", message: "is no JSON object" }] };
  const { kind: told = "customer", externalRef, parent, defaultCustomer = false, ...input } = given;
  const findings: FieldError[] = [];
  const find = (path: string, message: string): void => void findings.push({ path, message });
  const line = (path: string, value: unknown): string | null => {
    if (value === undefined || value === null || value === "") return null;
    const read = Reference.safeParse(value);
    if (!read.success) find(path, "must be a line of 200 characters at most");
    return read.data ?? null;
  };
  const kind = rowKinds.find((one) => one === told);
  if (kind === undefined) find("kind", "must be customer, account or device");
  const known = kind ?? "customer";
  const [ref, above] = [line("externalRef", externalRef), line("parent", parent)];
  for (const path of saidByParent)
    if (Object.hasOwn(input, path)) {
      find(path, "is not read here; say it by parent");
      delete input[path];
    }
  const isDefault = defaultCustomer === true && known === "customer";
  if (typeof defaultCustomer !== "boolean" || (defaultCustomer && known !== "customer"))
    find("defaultCustomer", "must be true or false, and is for customers");
  const checked = isDefault ? defaultRule.safeParse(input) : rules[known](input);
  for (const { path, message, code, ...issue } of checked.error?.issues ?? []) {
    const at = path.map(String).join(".");
    if (code === "unrecognized_keys" && "keys" in issue)
      for (const key of issue.keys as string[])
        find(at === "" ? key : `${at}.${key}`, `is not a field of ${known === "customer" ? "a" : "an"} ${known}`);
    else find(at, message);
  }
  return { kind: known, ref, parent: above, isDefault, input, findings };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** How a file's rows are read: CSV by its header, JSON lines each by itself. */
export type RowReader = { header: Header } | null;

/** Reads a row of a file as it is stored: its cells, or the line of JSON alone. */
export const readStoredRow = (reader: RowReader, cells: readonly string[]): ImportRow =>
  reader ? readRow(reader.header, cells) : readJsonRow(cells[0] ?? "");

/** What a part of a request is called in the file that it comes from. */
export function nameInFile(reader: RowReader, kind: RowKind, path: string): string {
  if (!reader) return path;
  const { names, columns } = reader.header;
  const general = path === "externalRef" ? "externalref" : path === "parentId" ? "parent" : path;
  const nth = columns.findIndex(
    (column) =>
      column !== null && (column === general || placeOf(kind, column)?.path === path || isWithin(path, kind, column)),
  );
  return names[nth] ?? path;
}
/** Whether a column says something within a part of a request: `space` within `space.limitBytes`. */
const isWithin = (path: string, kind: RowKind, column: string): boolean =>
  placeOf(kind, column)?.path.startsWith(`${path}.`) ?? false;

/** A row as it is shown: its cells by the names of the columns, or the object that its line is. */
export function showRow(reader: RowReader, cells: readonly string[]): Json {
  if (!reader) {
    const given = parsed(cells[0] ?? "");
    return isObject(given) ? given : { line: cells[0] ?? "" };
  }
  const { names } = reader.header;
  const shown = new Map<string, string>();
  for (const [nth, cell] of cells.entries()) {
    const name = names[nth] ?? "";
    shown.set(name === "" || shown.has(name) ? `column ${nth + 1}` : name, cell);
  }
  return Object.fromEntries(shown);
}

/** What the column is called that would say a part of a request, in this file or, where it has none, by us. */
function missingColumn(kind: RowKind, path: string, nameOf: (column: string) => string): string {
  const columns = ["name", "email", "country", "username", "plan", "machineid", "devicekind", "os"];
  const column = columns.find((one) => placeOf(kind, one)?.path === path);
  return column === undefined ? path : nameOf(column);
}
