import { operations } from "../../functions/routes.ts";
import type { Operation } from "../../shared/http/contract.ts";
import { drawFrom } from "../support/random.ts";
import { type CallerKind, callers } from "./callers.ts";
import { listing, placesOf } from "./places.ts";
import { expected, type Expected, type Target } from "./rule.ts";
import { cloud, customers, sellers, type Spot } from "./tree.ts";

/** What is tried at a place, beside the things of spots: what nobody has, what is no id, an id of another kind, and cursors. */
const odd = ["unknown", "malformed", "of another kind"] as const;
const cursors = ["cursor of another caller", "cursor of another list", "altered cursor"] as const;
export type Tried = Spot | (typeof odd)[number] | (typeof cursors)[number] | "none" | "wrong secret";

/** One request of the matrix. */
export interface Cell {
  operation: Operation;
  caller: CallerKind;
  place: string;
  kind: string;
  tried: Tried;
  expected: Expected;
}

const computers: readonly Spot[] = customers.map((spot) => `${spot}/1` as const);
const everywhere: readonly Spot[] = [...sellers, ...customers];
/** Where things of a kind stand. */
export const standsAt = (kind: string): readonly Spot[] => {
  // Those that bring their own storage.
  if (kind === "mig") return customers.filter((spot) => !cloud.has(spot));
  if (kind === "srv") return everywhere.filter((spot) => !cloud.has(spot));
  if (kind === "ses" || kind === "pky") return ["R/user", "R2/user"];
  if (["cus", "key", "sub", "usr"].includes(kind)) return everywhere;
  if (kind === "acc") return [...customers, "E/account"];
  if (["dev", "set"].includes(kind)) return [...computers, "E/2", "E/account"];
  if (kind === "grt") return [...computers, "E/2"];
  return ["tsk", "imp", "prp", "inv"].includes(kind) ? sellers : customers;
};
/** Names that a list is filtered by: what another branch has must not show. */
export const named: Record<string, readonly string[]> = {
  listCustomers: ["query.externalRef"],
  listAccounts: ["query.username"],
};

/** Public operations that take a secret in their body. */
export const proving: ReadonlySet<string> = new Set(["enrol", "changePassword", "login"]);

const targetOf = (tried: Tried): Target =>
  tried === "malformed" || tried === "of another kind"
    ? { at: "malformed" }
    : (cursors as readonly Tried[]).includes(tried)
      ? { at: "none", cursor: true }
      : { at: tried as Target["at"] };

function cellsOf(operation: Operation): Cell[] {
  const { id } = operation;
  const cells = (place: string, kind: string, all: readonly Tried[]): Cell[] =>
    callers.flatMap((caller) => {
      // The first element of a list is of the caller's home already, and nothing is named twice.
      const twice: readonly Tried[] = place.endsWith(".1") ? [caller.home, `${caller.home}/1`] : [];
      return all
        .filter((tried) => !twice.includes(tried))
        .map((tried) => {
          const target = targetOf(tried);
          return { operation, caller, place, kind, tried, expected: expected(id, caller, place, target) };
        });
    });
  const places = placesOf(operation);
  const mustName = places.some(
    ({ path }) => path.startsWith("params.") || (path.startsWith("body.") && operation.permission !== "device"),
  );
  return [
    ...(mustName ? [] : cells("none", "", ["none"])),
    ...(proving.has(id) ? cells("none", "", ["wrong secret"]) : []),
    ...places.flatMap(({ path, kind }) => cells(path, kind, [...standsAt(kind), ...odd])),
    ...(listing.includes(operation) ? cells("query.cursor", "", cursors) : []),
    ...(named[id] ?? []).flatMap((place) => cells(place, "name", [...customers, "unknown"])),
  ];
}

/** Every cell of the matrix. */
export const allCells = (): Cell[] => operations.flatMap(cellsOf);

export const nameOf = ({ operation, caller, place, kind, tried }: Cell): string =>
  `${operation.id} · ${caller.name} · ${tried} · ${place}${kind === "" ? "" : ` (${kind})`}`;

/** How much of a sample shall expect what: most of it what is out of sight. */
const shares: Record<Expected, number> = {
  404: 0.45,
  served: 0.25,
  403: 0.1,
  401: 0.09,
  "as unknown": 0.05,
  400: 0.05,
  "404 in sight": 0.01,
};

/** A part of the cells, always the same for the same seed: of every operation in turn. */
function drawn(cells: readonly Cell[], size: number, seed: number): Cell[] {
  const draw = drawFrom(seed);
  const shuffled = cells.map((cell) => ({ cell, at: draw(2 ** 31) })).toSorted((one, other) => one.at - other.at);
  const taken: Cell[] = [];
  for (const [what, share] of Object.entries(shares)) {
    const fitting = shuffled.filter(({ cell }) => String(cell.expected) === what);
    // The first cell of every operation, then the second of each, and so on.
    const turns = new Map<string, number>();
    const ranked = fitting.map(({ cell }) => {
      const turn = (turns.get(cell.operation.id) ?? 0) + 1;
      turns.set(cell.operation.id, turn);
      return { cell, turn };
    });
    const inTurn = ranked.toSorted((one, other) => one.turn - other.turn);
    taken.push(...inTurn.slice(0, Math.round(size * share)).map(({ cell }) => cell));
  }
  return taken;
}

/** The usual run's part: one half is always the same, the other one rotates with the seed. */
export function sampleOf(cells: readonly Cell[], size: number, seed: number): Cell[] {
  return [...new Set([...drawn(cells, size / 2, 1), ...drawn(cells, size / 2, seed)])];
}
