import type * as z from "zod";
import { AccountUpsert } from "../accounts/account.ts";
import { DeviceUpsert } from "../devices/device.ts";
import { CustomerInput } from "../hierarchy/customer.ts";
import type { FieldError } from "../terms/errors.ts";
import { Reference } from "../terms/text.ts";
import { type Header, placeOf, type RowKind, rowKinds } from "./columns.ts";

type Json = Record<string, unknown>;

/** A row of a file, before it is known what it stands below. */
export interface ImportRow {
  kind: RowKind;
  /** Its number in the system that it comes from: by it the row is made once. */
  ref: string | null;
  /** The reference or the name of what it stands below; null: the customer that is imported into. */
  parent: string | null;
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
  const cell = (column: string): string | null => cells[columns.indexOf(column)]?.trim() || null;
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
  const input: Json = {};
  /** The columns that parts of the request come from. */
  const sources = new Map<string, string>();
  for (const [nth, column] of columns.entries()) {
    const place = column === null ? undefined : placeOf(known, column);
    const given = cells[nth]?.trim() ?? "";
    if (!place || given === "") continue;
    const name = names[nth] ?? "";
    const said = place.read(given);
    sources.set(place.path, name);
    if ("problem" in said) find(name, said.problem);
    else if (said.value !== undefined) put(input, place.path, said.value);
  }
  const wrong = new Set(findings.map(({ path }) => path));
  const checked = rules[known](input);
  for (const { path, message, code } of checked.error?.issues ?? []) {
    const at = path.join(".");
    const name =
      sources.get(at) ??
      [...sources].find(([source]) => at.startsWith(source))?.[1] ??
      missingColumn(known, at, nameOf);
    if (!wrong.has(name)) find(name, code === "invalid_type" && !sources.has(at) ? "is required" : message);
    wrong.add(name);
  }
  return { kind: known, ref, parent: cell("parent"), input, findings };
}

/** What the column is called that would say a part of a request, in this file or, where it has none, by us. */
function missingColumn(kind: RowKind, path: string, nameOf: (column: string) => string): string {
  const columns = ["name", "email", "country", "username", "plan", "machineid", "devicekind", "os"];
  const column = columns.find((one) => placeOf(kind, one)?.path === path);
  return column === undefined ? path : nameOf(column);
}
