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
}

/** What a row stands below: another row, something that is there already, by its reference or its name, or the customer that is imported into. */
export type Above = { row: number } | { known: string } | null;

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

const nameKey = ({ kind, name }: Outline): string | null => {
  if (name === null) return null;
  return kind === "customer" ? normaliseName(name) : kind === "account" ? normaliseLogin(name) : name;
};

/** The first row of each kind with each text: a later one with the same is refused. */
function firstBy(rows: readonly Outline[], textOf: (row: Outline) => string | null): Map<string, number> {
  const found = new Map<string, number>();
  for (const [index, row] of rows.entries()) {
    const text = textOf(row);
    if (text !== null && !found.has(`${row.kind} ${text}`)) found.set(`${row.kind} ${text}`, index);
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
 * among what is there already. What two rows cannot both be is found at the later one, so that the outcome does not depend on who is faster.
 * @param lineOf the line of the file in which a row stands, for what is said of it
 */
export function planRows(rows: readonly Outline[], lineOf: (index: number) => number): Planned[] {
  const [refs, names] = [firstBy(rows, ({ ref }) => ref), firstBy(rows, nameKey)];
  const planned = rows.map((row): Planned => {
    const { above, finding } = aboveOf(row, refs, names);
    return { above, depth: 0, findings: finding ? [finding] : [] };
  });
  setDepths(planned);
  const [sameRef, sameName] = [firsts(), firsts()];
  for (const [index, row] of rows.entries()) {
    const entry = planned[index];
    if (!entry) continue;
    const { above, findings } = entry;
    const earlierRef = row.ref === null ? null : sameRef(`${row.kind} ${row.ref}`, index);
    if (earlierRef !== null) findings.push(find("externalRef", `stands in line ${lineOf(earlierRef)} already`));
    const name = nameKey(row);
    // The names of customers and of logins are nobody else's in the installation; a computer is one device of an account.
    const within = row.kind === "device" ? JSON.stringify(above) : "";
    const earlierName = name === null ? null : sameName(`${row.kind} ${within} ${name}`, index);
    if (earlierName !== null && earlierRef === null)
      findings.push(find(namePath[row.kind], `stands in line ${lineOf(earlierName)} already`));
  }
  return planned;
}
const namePath: Readonly<Record<RowKind, string>> = { customer: "name", account: "username", device: "machineId" };

function aboveOf(
  { kind, parent }: Outline,
  refs: ReadonlyMap<string, number>,
  names: ReadonlyMap<string, number>,
): { above: Above; finding?: FieldError } {
  if (parent === null) {
    if (kind === "device") return { above: null, finding: find("parent", "must name the account of the device") };
    return { above: null };
  }
  const candidates = mayStandBelow[kind];
  for (const above of candidates) {
    const row = refs.get(`${above} ${parent}`);
    if (row !== undefined) return { above: { row } };
  }
  for (const above of candidates) {
    const text = above === "customer" ? normaliseName(parent) : normaliseLogin(parent);
    const row = names.get(`${above} ${text}`);
    if (row !== undefined) return { above: { row } };
  }
  return { above: { known: parent } };
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
