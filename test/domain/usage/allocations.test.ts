import * as fc from "fast-check";
import { expect, test } from "vitest";
import { AccountRecord } from "../../../shared/domain/accounts/account.ts";
import { type AllocationPlace, changedAllocations } from "../../../shared/domain/usage/allocations.ts";
import { type Chain, CustomerRecord } from "../../../shared/domain/hierarchy/customer.ts";
import { DomainError } from "../../../shared/domain/terms/errors.ts";
import type { Level } from "../../../shared/domain/terms/levels.ts";
import { storagePlan } from "../../support/storage-plan.ts";
import { sized } from "../../support/size.ts";

/** A customer of the model: limits and what it draws itself; all sums are worked out anew. */
interface Node {
  level: Level;
  parent: number | null;
  space: number | null;
  soft: number | null;
  licences: number | null;
  drawn: number;
}
const shape: readonly [Level, number | null][] = [
  ["provider", null],
  ["reseller", 0],
  ["end-customer", 1],
  ["end-customer", 1],
  ["site", 2],
  ["site", 2],
];
const idOf = (prefix: string, index: number): string => `${prefix}_0000000000000000000000000${index}`;

/** What counts at a node: the limits below it, and what is drawn where there is none. */
function inUse(tree: readonly Node[], index: number, kind: "space" | "licences"): { committed: number; drawn: number } {
  const sum = { committed: 0, drawn: kind === "licences" ? (tree[index]?.drawn ?? 0) : 0 };
  for (const [child, node] of tree.entries()) {
    if (node.parent !== index) continue;
    const below = inUse(tree, child, kind);
    sum.committed += node[kind] ?? below.committed;
    sum.drawn += node[kind] === null ? below.drawn : 0;
  }
  return sum;
}
const fits = (tree: readonly Node[]): boolean =>
  tree.every((node, index) =>
    (["space", "licences"] as const).every((kind) => {
      const { committed, drawn } = inUse(tree, index, kind);
      return committed + drawn <= (node[kind] ?? Infinity);
    }),
  );
const softFits = ({ soft, space }: Node): boolean => soft === null || space === null || soft <= space;
const lineOf = (tree: readonly Node[], index: number): number[] => {
  const { parent } = tree[index] ?? { parent: null };
  return parent === null ? [index] : [index, ...lineOf(tree, parent)];
};

const recordOf = (tree: readonly Node[], index: number): CustomerRecord => {
  const node = tree[index];
  const [space, licences] = [inUse(tree, index, "space"), inUse(tree, index, "licences")];
  const [, ...ancestors] = lineOf(tree, index).map((one) => idOf("cus", one));
  return CustomerRecord.parse({
    id: idOf("cus", index),
    version: 1,
    parentId: ancestors[0] ?? null,
    ancestors,
    level: node?.level,
    name: `Customer ${index}`,
    isDefault: false,
    email: "a@example.com",
    country: "DE",
    storageLocation: "DE",
    serviceType: "all-inclusive",
    servicesToProvide: [],
    active: true,
    spaceLimit: node?.space,
    softLimitBytes: node?.soft,
    licenceLimit: node?.licences,
    spaceCommitted: space.committed,
    licenceCommitted: licences.committed,
    licenceDrawn: licences.drawn,
    autoAuthorize: false,
    emailReports: false,
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
  });
};
const chainOf = (tree: readonly Node[], index: number): Chain =>
  lineOf(tree, index).map((one) => recordOf(tree, one)) as unknown as Chain;
/** An account of each end-customer and site, by the index of its customer. */
const accountOf = (index: number): AccountRecord =>
  AccountRecord.parse({
    id: idOf("acc", index),
    version: 1,
    customerId: idOf("cus", index),
    plan: "select",
    username: `login.${index}`,
    contactId: idOf("con", index),
    passwordHash: "",
    mustChangePassword: false,
    active: true,
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
  });
const plans = [
  {
    code: "select",
    version: 1,
    name: "Select",
    rights: { openFileBackupOnServers: true, versioning: true },
    trial: false,
    hardQuotaBytes: null,
    retiredAt: null,
  },
] as never;

const limit = (most: number) => fc.option(fc.nat(most), { freq: 3 });
const trees = fc
  .tuple(...shape.map(() => fc.record({ space: limit(50), soft: limit(20), licences: limit(50), drawn: fc.nat(3) })))
  .map((parts) => {
    let tree: Node[] = shape.map(([level, parent]) => ({
      level,
      parent,
      space: null,
      soft: null,
      licences: null,
      drawn: 0,
    }));
    for (const [index, { space, soft, licences, drawn }] of parts.entries())
      for (const part of [{ drawn }, { space }, { licences }, { soft }]) {
        const next = tree.map((node, at) => (at === index ? { ...node, ...part } : node));
        if (fits(next) && next.every(softFits)) tree = next;
      }
    return tree;
  });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const changes = fc.uniqueArray(
  fc.oneof(
    fc.record({
      kind: fc.constant("cus" as const),
      index: fc.nat(5),
      space: maybe(limit(50)),
      soft: maybe(limit(20)),
      licences: maybe(limit(50)),
    }),
    fc.record({ kind: fc.constant("acc" as const), index: fc.integer({ min: 2, max: 5 }), quota: limit(40) }),
  ),
  { minLength: 1, maxLength: 8, selector: ({ kind, index }) => `${kind}${index}` },
);

test("changes are taken exactly where the state that they leave keeps every rule, in whatever order, with its figures", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(trees, changes, (tree, wanted) => {
      const after = tree.map((node, index) => {
        const said = wanted.find((one) => one.kind === "cus" && one.index === index);
        if (said?.kind !== "cus") return node;
        const { space = node.space, soft = node.soft, licences = node.licences } = said;
        return { ...node, space, soft, licences };
      });
      const quotaFits = (index: number, quota: number | null): boolean =>
        quota === null ||
        lineOf(after, index).every((at) => {
          const node = after[at];
          return !node || !/^(end-customer|site)$/.test(node.level) || quota <= (node.space ?? Infinity);
        });
      const possible =
        fits(after) &&
        wanted.every((one) =>
          one.kind === "cus" ? softFits(after[one.index] ?? (tree[0] as Node)) : quotaFits(one.index, one.quota),
        );

      const places = new Map<string, AllocationPlace>(
        wanted.map((one) => {
          const chain = chainOf(tree, one.index);
          return [
            idOf(one.kind, one.index),
            one.kind === "cus" ? { chain } : { chain, account: accountOf(one.index), parent: null, plans },
          ];
        }),
      );
      const asked = wanted.map((one) =>
        one.kind === "cus"
          ? {
              id: idOf("cus", one.index),
              space: { limitBytes: one.space, softLimitBytes: one.soft },
              licences: { limit: one.licences },
            }
          : { id: idOf("acc", one.index), hardQuotaBytes: one.quota },
      );
      const rules = { scopeId: idOf("cus", 0), refuseOnOwn: () => undefined, nowMs: 0, storage: storagePlan };
      const work = (list: typeof asked) => {
        try {
          return changedAllocations(list, places, rules);
        } catch (error) {
          if (!(error instanceof DomainError)) throw error;
          expect(error.code).toBe("changes_refused");
          return error.errors.map(({ path, code }) => `${list[Number(path.split(".")[1])]?.id} ${code}`).sort();
        }
      };
      const [outcome, turned] = [work(asked), work(asked.toReversed())];
      const none = new Map();
      seen.add(possible ? "made" : "refused");
      expect(Array.isArray(outcome)).toBe(!possible);
      if (Array.isArray(outcome) || Array.isArray(turned)) {
        expect(turned).toEqual(outcome);
        return;
      }
      expect(turned.rows(none).toReversed()).toEqual(outcome.rows(none));
      for (const [index, row] of outcome.rows(none).entries()) {
        const one = wanted[index];
        if (one?.kind === "acc" || row.kind !== "customer" || !one) continue;
        const [space, licences] = [inUse(after, one.index, "space"), inUse(after, one.index, "licences")];
        const node = after[one.index];
        const own = node?.space ?? null;
        expect(row.space).toMatchObject({
          limitBytes: own,
          softLimitBytes: node?.soft,
          allottedToChildrenBytes: space.committed,
          freeBytes: own === null ? null : own - space.committed,
        });
        expect(row.licences).toMatchObject({ limit: node?.licences, allottedToChildren: licences.committed });
      }
    }),
    { numRuns: sized(600, 3_000) },
  );
  expect([...seen].sort()).toEqual(["made", "refused"]);
});
