import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Allowance,
  type Commitment,
  free,
  largest,
  planLimit,
  planLimits,
  planMove,
} from "../../../shared/domain/terms/allowance.ts";
import { sized } from "../../support/size.ts";

/** A node of the model: a tree with limits, and what leaves draw. Sums are worked out from scratch each time. */
interface Node {
  id: number;
  parent: number | null;
  limit: number | null;
  drawn: number;
}
const childrenOf = (tree: readonly Node[], id: number): Node[] => tree.filter(({ parent }) => parent === id);
/** What passes up from a node: its limit, or without one all that lies below it. */
const passed = (tree: readonly Node[], node: Node): { committed: number; drawn: number } =>
  node.limit !== null ? { committed: node.limit, drawn: 0 } : inside(tree, node);
function inside(tree: readonly Node[], node: Node): { committed: number; drawn: number } {
  return childrenOf(tree, node.id)
    .map((child) => passed(tree, child))
    .reduce((sum, one) => ({ committed: sum.committed + one.committed, drawn: sum.drawn + one.drawn }), {
      committed: 0,
      drawn: node.drawn,
    });
}
const standing = (tree: readonly Node[], node: Node): Allowance & { id: string } => ({
  id: String(node.id),
  limit: node.limit,
  ...inside(tree, node),
});
const chain = (tree: readonly Node[], id: number | null): Node[] => {
  const node = tree.find((one) => one.id === id);
  return node ? [node, ...chain(tree, node.parent)] : [];
};
const fits = (tree: readonly Node[]): boolean => tree.every((node) => (free(standing(tree, node)) ?? 0) >= 0);

/** Counters of nodes after a plan was carried out. */
const carriedOut = (tree: readonly Node[], ancestors: readonly Node[], plan: readonly Commitment[]) => {
  const counters = new Map(tree.map((node) => [node.id, inside(tree, node)]));
  for (const { step, committed, drawn, restricted } of plan) {
    const node = ancestors[step];
    const counter = node && counters.get(node.id);
    if (!node || !counter) throw new Error("no such ancestor");
    expect(restricted).toBe(node.limit !== null);
    counters.set(node.id, { committed: counter.committed + committed, drawn: counter.drawn + drawn });
  }
  return counters;
};
const refusal = (work: () => Commitment[]): Commitment[] | string => {
  try {
    return work();
  } catch (error) {
    return (error as { code: string }).code;
  }
};

/** Trees in which everything fits: limits that do not are left out. */
const trees = fc
  .array(
    fc.record({
      parent: fc.nat(20),
      limit: fc.option(fc.nat(40)),
      drawn: fc.oneof(fc.constant(0), fc.nat(5)),
    }),
    { minLength: 2, maxLength: 12 },
  )
  .map((parts) => {
    let tree: Node[] = [];
    for (const [id, { parent, limit, drawn }] of parts.entries()) {
      const node = {
        id,
        parent: id === 0 ? null : parent % id,
        limit: id === 0 && limit !== null ? limit + 100 : limit,
        drawn,
      };
      const tries = [node, { ...node, drawn: 0 }, { ...node, limit: null, drawn: 0 }];
      tree = tries.map((one) => [...tree, one]).find(fits) ?? tree;
    }
    return tree;
  });

test("a plan for a new limit leaves every counter as if it were counted anew, and refuses exactly what does not fit", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(trees, fc.nat(20), fc.option(fc.nat(60)), (tree, which, limit) => {
      const node = tree[which % tree.length];
      if (!node) throw new Error("empty");
      const ancestors = chain(tree, node.parent);
      const after = tree.map((one) => (one.id === node.id ? { ...one, limit } : one));
      const use = inside(tree, node);
      const plan = refusal(() =>
        planLimit(
          standing(tree, node),
          limit,
          ancestors.map((one) => standing(tree, one)),
          "limit",
        ),
      );
      if (limit !== null && limit < use.committed + use.drawn) {
        seen.add("below");
        expect(plan).toBe("limit_below_committed");
        return;
      }
      if (!fits(after)) {
        seen.add("exceeded");
        expect(plan).toBe("allotment_exceeded");
        return;
      }
      expect(plan).toBeInstanceOf(Array);
      seen.add("made");
      const counters = carriedOut(tree, ancestors, plan as Commitment[]);
      for (const one of after) expect(counters.get(one.id)).toEqual(inside(after, one));
    }),
    { numRuns: sized(1_000, 5_000) },
  );
  expect([...seen].sort()).toEqual(["below", "exceeded", "made"]);
});

test("a plan for a move leaves every counter as if it were counted anew, and refuses exactly what does not fit", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(trees, fc.nat(20), fc.nat(20), (tree, which, where) => {
      const node = tree[1 + (which % Math.max(1, tree.length - 1))];
      const target = tree[where % tree.length];
      fc.pre(node !== undefined && target !== undefined);
      fc.pre(!chain(tree, target.id).some(({ id }) => id === node.id));
      const [from, to] = [chain(tree, node.parent), chain(tree, target.id)];
      const after = tree.map((one) => (one.id === node.id ? { ...one, parent: target.id } : one));
      const plan = refusal(() =>
        planMove(
          standing(tree, node),
          from.map((one) => standing(tree, one)),
          to.map((one) => standing(tree, one)),
        ),
      );
      if (!fits(after)) {
        seen.add("exceeded");
        expect(plan).toBe("allotment_exceeded");
        return;
      }
      expect(plan).toBeInstanceOf(Array);
      seen.add("made");
      const counters = carriedOut(tree, [...from, ...to], plan as Commitment[]);
      for (const one of after) expect(counters.get(one.id)).toEqual(inside(after, one));
    }),
    { numRuns: sized(1_000, 5_000) },
  );
  expect([...seen].sort()).toEqual(["exceeded", "made"]);
});

/** Customers as several new limits are planned on them. */
const standings = (tree: readonly Node[]) =>
  tree.map((node) => ({ ...standing(tree, node), parentId: node.parent === null ? null : String(node.parent) }));
const withLimits = (tree: readonly Node[], limits: ReadonlyMap<string, number | null>): Node[] =>
  tree.map((node) => ({
    ...node,
    limit: limits.has(String(node.id)) ? (limits.get(String(node.id)) ?? null) : node.limit,
  }));

test("several new limits are taken exactly where the state that they leave fits, in whatever order, and leave every counter as if counted anew", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      trees,
      fc.array(fc.tuple(fc.nat(20), fc.option(fc.nat(60))), { minLength: 1, maxLength: 6 }),
      (tree, wanted) => {
        const limits = new Map(wanted.map(([which, limit]) => [String(which % tree.length), limit]));
        const after = withLimits(tree, limits);
        const { changes, refusals } = planLimits(standings(tree), limits);
        expect(refusals.length === 0).toBe(fits(after));
        const told = (one: typeof refusals) => one.map(({ id, code }) => `${id} ${code}`).sort();
        const turned = planLimits(standings(tree).toReversed(), new Map([...limits].toReversed()));
        expect(told(turned.refusals)).toEqual(told(refusals));
        for (const { id, code } of refusals) {
          seen.add(code);
          const [was, is] = [tree, after].map((nodes) => nodes.find((node) => String(node.id) === id)?.limit);
          expect(was).not.toBe(is);
        }
        for (const node of tree) {
          const counted = inside(tree, node);
          const change = changes.get(String(node.id)) ?? { limit: node.limit, committed: 0, drawn: 0 };
          expect({
            limit: change.limit,
            committed: counted.committed + change.committed,
            drawn: counted.drawn + change.drawn,
          }).toEqual({
            limit: after.find(({ id }) => id === node.id)?.limit,
            ...inside(after, after.find(({ id }) => id === node.id) ?? node),
          });
        }
        if (refusals.length === 0 && limits.size > 1) seen.add("made");
      },
    ),
    { numRuns: sized(1_000, 5_000) },
  );
  expect([...seen].sort()).toEqual(["allotment_exceeded", "limit_below_committed", "made"]);
});

test("one new limit is refused among several as it is alone", () => {
  fc.assert(
    fc.property(trees, fc.nat(20), fc.option(fc.nat(60)), (tree, which, limit) => {
      const node = tree[which % tree.length];
      if (!node) throw new Error("empty");
      const above = chain(tree, node.parent).map((one) => standing(tree, one));
      const alone = refusal(() => planLimit(standing(tree, node), limit, above, "limit"));
      const { refusals } = planLimits(standings(tree), new Map([[String(node.id), limit]]));
      expect(refusals.map(({ id, code }) => [id, code])).toEqual(
        typeof alone === "string" ? [[String(node.id), alone]] : [],
      );
    }),
    { numRuns: sized(400, 2_000) },
  );
});

test("of several new limits those are named that take too much, and the pool's own where it is lowered", () => {
  const none = { committed: 0, drawn: 0 };
  const pool = { id: "pool", parentId: null, limit: 100, committed: 90, drawn: 0 };
  const open = { id: "open", parentId: "pool", limit: null, committed: 50, drawn: 0 };
  const tree = [
    pool,
    open,
    { id: "a", parentId: "open", limit: 50, ...none },
    { id: "b", parentId: "pool", limit: 40, ...none },
  ];
  const told = (limits: Record<string, number | null>) =>
    planLimits(tree, new Map(Object.entries(limits)))
      .refusals.map(({ id, code }) => `${id} ${code}`)
      .sort();
  expect(told({ a: 55, b: 45 })).toEqual([]);
  expect(told({ a: 60, b: 41 })).toEqual(["a allotment_exceeded", "b allotment_exceeded"]);
  expect(told({ a: 80, b: 30 })).toEqual(["a allotment_exceeded"]);
  expect(told({ a: 60, b: 45, pool: 105 })).toEqual([]);
  expect(told({ a: 60, b: 46, pool: 105 })).toEqual(["a allotment_exceeded", "b allotment_exceeded"]);
  expect(told({ pool: 80, b: 30 })).toEqual([]);
  expect(told({ pool: 79, b: 30 })).toEqual(["pool limit_below_committed"]);
  expect(told({ pool: 80, b: 41 })).toEqual(["b allotment_exceeded", "pool limit_below_committed"]);
  // A new limit between a customer and the pool lowers what there was, and keeps from the pool what is taken below it.
  expect(told({ open: 60, a: 61 })).toEqual(["a allotment_exceeded", "open limit_below_committed"]);
  expect(told({ open: 61, a: 55 })).toEqual(["open allotment_exceeded"]);
});

test("no counter leaves the numbers that JSON holds exactly, also without any limit above", () => {
  const none: Allowance = { limit: null, committed: 0, drawn: 0 };
  expect(planLimit(none, largest, [none], "limit")).toEqual([
    { step: 0, committed: largest, drawn: 0, restricted: false },
  ]);
  const nearly = { ...none, committed: 1 };
  expect(refusal(() => planLimit(none, largest, [nearly], "limit"))).toBe("allotment_exceeded");
  const several = (limit: number) =>
    planLimits(
      [
        { ...nearly, id: "top", parentId: null },
        { ...none, id: "a", parentId: "top" },
        { ...none, limit: 1, id: "b", parentId: "top" },
      ],
      new Map([
        ["a", largest],
        ["b", limit],
      ]),
    ).refusals.map(({ id, code }) => [id, code]);
  expect(several(0)).toEqual([]);
  expect(several(1)).toEqual([["a", "allotment_exceeded"]]);
  const move = () => planMove({ ...none, limit: largest }, [], [{ ...nearly, id: "x" }]);
  expect(refusal(move)).toBe("allotment_exceeded");
});

test("nothing is planned where nothing changes", () => {
  const own: Allowance = { limit: 5, committed: 2, drawn: 1 };
  expect(planLimit(own, 5, [{ limit: 5, committed: 5, drawn: 0 }], "limit")).toEqual([]);
  expect(
    planMove({ limit: null, committed: 0, drawn: 0 }, [], [{ id: "x", limit: 0, committed: 0, drawn: 0 }]),
  ).toEqual([]);
});
