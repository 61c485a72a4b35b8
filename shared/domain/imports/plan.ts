import { normaliseLogin } from "../access/login.ts";
import type { FieldError } from "../terms/errors.ts";
import { normaliseName } from "../terms/names.ts";
import type { RowKind } from "./columns.ts";

/** What the order of rows depends on. */
export interface Outline {
  kind: RowKind;
  ref: string | null;
  parent: string | null;
  /** A customer's name, an account's user name, a device's machine id: nobody else may have it. */
  name: string | null;
  /** The Default Customer of what it stands below. */
  isDefault: boolean;
}

/** How something is meant: a customer by its name, an account by its user name; null: anything by its reference, or else by its name. */
type By = "name" | "login" | null;
/** What a row stands below: another row, something that is there already, or the customer that is imported into. */
export type Above = { row: number } | { known: string; by: By } | null;

/** Where a row has its place among the others. */
export interface Planned {
  above: Above;
  /** Rows above it in the file: those of one depth may be made in any order, once those of all lesser depths are. */
  depth: number;
  /** What is wrong with it beside the others. */
  findings: FieldError[];
}

/** What a row of a kind may stand below. */
const mayStandBelow: Readonly<Record<RowKind, readonly RowKind[]>> = {
  customer: ["customer"],
  account: ["customer", "account"],
  device: ["account"],
};

/** What a cell says of a parent: `name:Acme` and `login:anna` mean nothing else, whatever references there are. */
function meant(text: string): { by: By; text: string } {
  const [, by, rest] = /^(name|login):\s*(\S.*)$/su.exec(text) ?? [];
  return rest === undefined ? { by: null, text } : { by: by === "name" ? "name" : "login", text: rest };
}
/** A parent as a cell says it so that it is found whatever references and names there are elsewhere. */
export const parentByName = (by: "name" | "login", name: string): string => `${by}:${name}`;

const normalised = (kind: RowKind, name: string): string =>
  kind === "customer" ? normaliseName(name) : kind === "account" ? normaliseLogin(name) : name;

/** The rows of each kind with each text, in their order. */
function rowsBy(rows: readonly Outline[], texts: readonly (string | null)[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [index, { kind }] of rows.entries()) {
    const text = texts[index] ?? null;
    if (text === null) continue;
    const key = `${kind} ${text}`;
    const there = found.get(key);
    if (there) there.push(index);
    else found.set(key, [index]);
  }
  return found;
}

/** The first of several rows with one text, by that text. */
const firsts = (): ((key: string, index: number) => number | null) => {
  const seen = new Map<string, number>();
  return (key, index) => {
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    return first ?? null;
  };
};

const find = (path: string, message: string): FieldError => ({ path, message });

/**
 * Finds for each row of a file what it stands below, in whatever order they come: by reference among the rows of the file, else by name among them, else
 * among what is there already. Where a parent is told by `name:` or `login:`, only by that. What two rows cannot both be is found at the later one, so that
 * the outcome does not depend on who is faster.
 * @param lineOf the line of the file in which a row stands, for what is said of it
 */
export function planRows(rows: readonly Outline[], lineOf: (index: number) => number): Planned[] {
  const names = rows.map(({ kind, name }) => (name === null ? null : normalised(kind, name)));
  const byName = rowsBy(rows, names);
  const byRef = rowsBy(
    rows,
    rows.map(({ ref }) => ref),
  );
  const places = rows.map((row) => placeOf(row, byRef, byName));
  const planned = places.map(({ above, finding }): Planned => {
    return { above, depth: 0, findings: finding ? [finding] : [] };
  });
  setDepths(planned);
  const [sameRef, sameName, sameDefault] = [firsts(), firsts(), firsts()];
  /** Rows with the reference of an earlier one, which are refused. */
  const repeated = new Set<number>();
  for (const [index, row] of rows.entries()) {
    const entry = planned[index];
    if (!entry) continue;
    const { above, findings } = entry;
    const within = JSON.stringify(above);
    // A reference belongs to what is above: each reseller may number its customers from 1.
    const earlierRef = row.ref === null ? null : sameRef(`${row.kind} ${within} ${row.ref}`, index);
    if (earlierRef !== null) findings.push(find("externalRef", `stands in line ${lineOf(earlierRef)} already`));
    if (earlierRef !== null) repeated.add(index);
    const name = names[index] ?? null;
    // The names of customers and of logins are nobody else's in the installation; a computer is one device of an account.
    const earlierName =
      name === null ? null : sameName(`${row.kind} ${row.kind === "device" ? within : ""} ${name}`, index);
    if (earlierName !== null && earlierRef === null)
      findings.push(find(namePath[row.kind], `stands in line ${lineOf(earlierName)} already`));
    const earlierDefault = row.isDefault ? sameDefault(within, index) : null;
    if (earlierDefault !== null)
      findings.push(find("defaultCustomer", `is told of in line ${lineOf(earlierDefault)} already`));
  }
  const severalOf = new Map<string, readonly [number, number] | null>();
  for (const [index, { refKey }] of places.entries()) {
    if (refKey === null) continue;
    let several = severalOf.get(refKey);
    if (several === undefined) {
      const [first, second] = (byRef.get(refKey) ?? []).filter((row) => !repeated.has(row));
      several = first === undefined || second === undefined ? null : [first, second];
      severalOf.set(refKey, several);
    }
    if (several === null) continue;
    const lines = several.map(lineOf).join(" and ");
    const message = `is the reference of several, such as those in lines ${lines}; write name: or login: and its name`;
    planned[index]?.findings.push(find("parent", message));
  }
  return planned;
}
const namePath: Readonly<Record<RowKind, string>> = { customer: "name", account: "username", device: "machineId" };

/** Where a row stands. `refKey`: what the rows are found by that have the reference by which its parent is told. */
function placeOf(
  { kind, parent }: Outline,
  byRef: ReadonlyMap<string, readonly number[]>,
  byName: ReadonlyMap<string, readonly number[]>,
): { above: Above; refKey: string | null; finding?: FieldError } {
  const place = (above: Above, finding?: FieldError) => ({ above, refKey: null, ...(finding && { finding }) });
  if (parent === null)
    return place(null, kind === "device" ? find("parent", "must name the account of the device") : undefined);
  const { by, text } = meant(parent);
  const candidates = mayStandBelow[kind].filter(
    (above) => by === null || above === (by === "name" ? "customer" : "account"),
  );
  if (candidates.length === 0)
    return place(
      { known: text, by },
      find("parent", `must name ${kind === "customer" ? "a customer" : "the account of the device"}`),
    );
  if (by === null)
    for (const above of candidates) {
      const refKey = `${above} ${text}`;
      const [row] = byRef.get(refKey) ?? [];
      if (row !== undefined) return { above: { row }, refKey };
    }
  for (const above of candidates) {
    const [row] = byName.get(`${above} ${normalised(above, text)}`) ?? [];
    if (row !== undefined) return place({ row });
  }
  return place({ known: text, by });
}

/** Counts the rows above each, and finds those that stand below themselves. */
function setDepths(planned: readonly Planned[]): void {
  const done = new Set<number>();
  for (const start of planned.keys()) {
    /** The rows from here upwards, each with its place on the way. */
    const way = new Map<number, number>();
    let at: number | undefined = start;
    while (at !== undefined && !done.has(at) && !way.has(at)) {
      way.set(at, way.size);
      const above: Above = planned[at]?.above ?? null;
      at = above && "row" in above ? above.row : undefined;
    }
    // Where the way has come back to itself, all from there on go round in a circle.
    const circle = at === undefined ? undefined : way.get(at);
    for (const [index, place] of [...way].toReversed()) {
      const row = planned[index];
      if (!row) continue;
      done.add(index);
      if (circle !== undefined && place >= circle) row.findings.push(find("parent", "leads back to the row itself"));
      else if (row.above && "row" in row.above) row.depth = (planned[row.above.row]?.depth ?? 0) + 1;
    }
  }
}
