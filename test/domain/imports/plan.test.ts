import process from "node:process";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RowKind } from "../../../shared/domain/imports/columns.ts";
import { type Outline, parentByName, planRows } from "../../../shared/domain/imports/plan.ts";

const customer = (name: string, parent: string | null = null, ref: string | null = null): Outline => ({
  kind: "customer",
  ref,
  parent,
  name,
  isDefault: false,
});
const account = (name: string, parent: string | null, ref: string | null = null): Outline => ({
  kind: "account",
  ref,
  parent,
  name,
  isDefault: false,
});
const device = (name: string, parent: string | null, ref: string | null = null): Outline => ({
  kind: "device",
  ref,
  parent,
  name,
  isDefault: false,
});
/** Seconds that some work has kept the processor busy, however many others there are. */
function secondsOf(work: () => void): number {
  const began = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(began);
  return (user + system) / 1_000_000;
}
const plan = (...rows: Outline[]) => planRows(rows, (index) => index + 2);
const above = (...rows: Outline[]) => plan(...rows).map((row) => row.above);
const findings = (...rows: Outline[]) => plan(...rows).map((row) => row.findings);

test("parents are found by reference, else by name, in whatever order the rows come, else among what is there", () => {
  expect(
    above(
      device("m", "A-1"),
      account("ann", "C-1", "A-1"),
      customer("Müller", "R-1", "C-1"),
      customer("Huber", null, "R-1"),
      customer("Site", " MÜLLER "),
      account("ben", "ann"),
      customer("New", "R-9"),
      device("n", "Carl"),
    ),
  ).toEqual([
    { row: 1 },
    { row: 2 },
    { row: 3 },
    null,
    { row: 2 },
    { row: 1 },
    { known: "R-9", by: null },
    { known: "Carl", by: null },
  ]);
});

test("a reference goes before a name, and a customer before an account", () => {
  expect(above(customer("x", null, "1"), customer("1", null, "2"), account("a", "1"))[2]).toEqual({ row: 0 });
  expect(above(account("x", null, "k"), customer("y", null, "k"), account("a", "k"))[2]).toEqual({ row: 1 });
});

describe("a parent that is told by name: or login:", () => {
  test("is nothing else, whatever references and names there are", () => {
    expect(
      above(
        customer("x", null, "Acme"),
        customer("Acme", null, "y"),
        account("acme", null, "name:Acme"),
        customer("b", "name:Acme"),
        account("c", "name: ACME"),
        account("d", "login:ACME"),
        device("m", "login:acme"),
        customer("e", "name:Elsewhere"),
        device("n", "login:elsewhere"),
        customer("name:Acme", null),
        customer("f", "name:name:Acme"),
      ),
    ).toEqual([
      null,
      null,
      null,
      { row: 1 },
      { row: 1 },
      { row: 2 },
      { row: 2 },
      { known: "Elsewhere", by: "name" },
      { known: "elsewhere", by: "login" },
      null,
      { row: 9 },
    ]);
  });
  test("must be of a kind that can be above", () => {
    expect(findings(customer("a", "login:b"), device("m", "name:a"))).toEqual([
      [{ path: "parent", message: "must name a customer" }],
      [{ path: "parent", message: "must name the account of the device" }],
    ]);
  });
  test("is found again by any name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const name = `x${text}x`;
        expect(above(customer(name), customer("b", parentByName("name", name)))[1]).toEqual({ row: 0 });
      }),
    );
  });
});

describe("references that are alike", () => {
  const rows = [customer("r1"), customer("r2"), customer("a", "r1", "1"), customer("b", "r2", "1")];
  test("may stand below different parents", () => {
    expect(findings(...rows, account("x", "name:a", "1"), account("y", "name:b", "1"))).toEqual(
      rows.concat(rows.slice(0, 2)).map(() => []),
    );
  });
  test("lead nowhere by themselves; a repeated one is no second", () => {
    const message = "is the reference of several, such as those in lines 4 and 5; write name: or login: and its name";
    expect(findings(...rows, account("x", "1"))[4]).toEqual([{ path: "parent", message }]);
    expect(findings(...rows.slice(0, 3), customer("c", "r1", "1"), account("x", "1"))[4]).toEqual([]);
  });
  test("are looked through once, however many there are", () => {
    const many = Array.from({ length: 50_000 }, (_, nth) => customer(`n${nth}`, null, "1"));
    const seconds = secondsOf(() => plan(...many, ...many.map(({ name }) => account(String(name), "1"))));
    expect(seconds).toBeLessThan(10);
  });
});

test("a Default Customer is told of once, below each parent", () => {
  const spare = (name: string, parent: string | null): Outline => ({ ...customer(name, parent), isDefault: true });
  const planned = plan(
    customer("r1"),
    customer("r2"),
    spare("a", "r1"),
    spare("b", "r2"),
    spare("c", null),
    spare("d", "r1"),
    account("x", "d"),
  );
  expect(planned.map((row) => row.findings)).toEqual([
    [],
    [],
    [],
    [],
    [],
    [{ path: "defaultCustomer", message: "is told of in line 4 already" }],
    [],
  ]);
});

describe("what two rows cannot both be is found at the later one:", () => {
  test("a reference, whose first row has what stands below", () => {
    const planned = plan(customer("a", null, "1"), customer("b", null, "1"), customer("c", "1"));
    expect(planned.map((row) => row.findings)).toEqual([
      [],
      [{ path: "externalRef", message: "stands in line 2 already" }],
      [],
    ]);
    expect(planned[2]?.above).toEqual({ row: 0 });
  });
  test("a name anywhere, however it is written, whose first row has what stands below", () => {
    const planned = plan(customer("Müller"), customer(" müller ", "Other"), account("ann", "MÜLLER"));
    expect(planned.map((row) => row.findings)).toEqual([
      [],
      [{ path: "name", message: "stands in line 2 already" }],
      [],
    ]);
    expect(planned[2]?.above).toEqual({ row: 0 });
  });
  test("a user name anywhere, a machine in one account", () => {
    expect(findings(account("ann", "C-1"), account("Ann", "C-2"))[1]).toEqual([
      { path: "username", message: "stands in line 2 already" },
    ]);
    expect(findings(device("m", "a"), device("m", "b"), device("m", "a")).map(({ length }) => length)).toEqual([
      0, 0, 1,
    ]);
  });
});

test("a device without an account, and circles, are found", () => {
  expect(findings(device("m", null))[0]).toEqual([{ path: "parent", message: "must name the account of the device" }]);
  const circle = { path: "parent", message: "leads back to the row itself" };
  expect(
    findings(
      customer("a", "3", "1"),
      customer("b", "1", "2"),
      customer("c", "2", "3"),
      customer("d", "1", "4"),
      customer("e", "5", "5"),
    ),
  ).toEqual([[circle], [circle], [circle], [], [circle]]);
});

test("a chain of a hundred thousand rows is planned in a moment", () => {
  const rows = Array.from({ length: 100_000 }, (_, nth) =>
    customer(`n${nth}`, nth === 0 ? null : `r${nth - 1}`, `r${nth}`),
  );
  let depth: number | undefined;
  const seconds = secondsOf(() => {
    depth = planRows(rows.toReversed(), (index) => index)[0]?.depth;
  });
  expect(depth).toBe(99_999);
  expect(seconds).toBeLessThan(10);
});

test("any tree, in any order, is found again, each row behind all that it stands below", () => {
  const kinds: readonly RowKind[] = ["customer", "account", "device"];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(), fc.nat(2)), { maxLength: 40 }),
      fc.infiniteStream(fc.nat()),
      (seeds, order) => {
        // A tree in which every row stands below an earlier one that may have it.
        const rows: Outline[] = [];
        for (const [nth, [pick, which]] of seeds.entries()) {
          const kind = kinds[which] ?? "customer";
          const parents = rows.filter((row) =>
            kind === "customer"
              ? row.kind === "customer"
              : kind === "account"
                ? row.kind !== "device"
                : row.kind === "account",
          );
          const parent = parents[pick % Math.max(1, parents.length)]?.ref ?? null;
          if (kind === "device" && parent === null) continue;
          rows.push({ kind, ref: `r${nth}`, parent, name: `n${nth}`, isDefault: false });
        }
        const shuffled = rows
          .map((row) => ({ row, place: order.next().value as number }))
          .toSorted((one, other) => one.place - other.place)
          .map(({ row }) => row);
        const planned = planRows(shuffled, (index) => index);
        for (const [index, { above: found, depth, findings: wrong }] of planned.entries()) {
          const row = shuffled[index];
          expect(wrong).toEqual([]);
          if (row?.parent === null) expect([found, depth]).toEqual([null, 0]);
          else {
            const parent = found && "row" in found ? found.row : -1;
            expect(shuffled[parent]?.ref).toBe(row?.parent);
            expect(depth).toBe((planned[parent]?.depth ?? Number.NaN) + 1);
          }
        }
      },
    ),
  );
});
