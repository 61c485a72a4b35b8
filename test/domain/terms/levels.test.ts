import { describe, expect, test } from "vitest";
import {
  allowedUnder,
  CreatableLevel,
  type Level,
  levels,
  levelUnder,
  rank,
  sells,
} from "../../../shared/domain/terms/levels.ts";
import { may, mayGive, permissions, Role } from "../../../shared/domain/access/roles.ts";

describe("levels (H1)", () => {
  test("allow the parents that the feature list names, and no others", () => {
    const parents = {
      provider: [],
      distributor: ["provider"],
      "sub-distributor": ["distributor"],
      reseller: ["provider", "distributor", "sub-distributor"],
      "end-customer": ["reseller"],
      site: ["end-customer"],
    };
    for (const level of levels)
      expect(levels.filter((parent) => allowedUnder(parent).includes(level))).toEqual(parents[level]);
  });

  test("of a new customer are fixed where one is possible, else chosen among those that are", () => {
    for (const parent of levels)
      for (const wanted of [undefined, ...CreatableLevel.options]) {
        const allowed = allowedUnder(parent);
        const outcome = () => levelUnder(parent, wanted);
        if (wanted === undefined ? allowed.length === 1 : allowed.includes(wanted))
          expect(outcome()).toBe(wanted ?? allowed[0]);
        else {
          const code =
            allowed.length === 0
              ? "level_not_allowed"
              : allowed.length === 1
                ? "level_fixed"
                : wanted === undefined
                  ? "level_required"
                  : "level_not_allowed";
          expect(outcome, `${wanted} under ${parent}`).toThrow(expect.objectContaining({ code }));
        }
      }
  });

  test("stand in order, every child below its parent, and the last two do not sell", () => {
    expect(levels.map(rank)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const parent of levels)
      for (const child of allowedUnder(parent)) expect(rank(child)).toBeGreaterThan(rank(parent));
    expect(levels.filter((level) => !sells(level))).toEqual(["end-customer", "site"]);
  });
});

describe("roles", () => {
  test("are given by who has all their rights, and support by admins to keys of the provider alone", () => {
    const given = (giver: Role, level: Level) => Role.options.filter((role) => mayGive(role, giver, level));
    for (const level of levels) {
      const atTop = level === "provider" ? ["support"] : [];
      expect(given("admin", level)).toEqual(["admin", "operator", "billing", "viewer", ...atTop]);
      expect(given("operator", level)).toEqual(["operator", "viewer"]);
      expect(given("viewer", level)).toEqual(["viewer"]);
      // Support appoints nobody of its own kind.
      expect(given("support", level)).toEqual(["viewer"]);
    }
  });

  test("give the admin everything but support's part, the operator accounts, devices and reports, the viewer reading only", () => {
    const heldBy = (role: Role) => permissions.filter((permission) => may(role, permission));
    expect(heldBy("admin")).toEqual(permissions.filter((permission) => permission !== "support:write"));
    expect(heldBy("support")).toEqual(["branch:read", "support:write"]);
    expect(heldBy("operator")).toEqual(["branch:read", "accounts:write", "devices:write", "reports:write"]);
    expect(heldBy("viewer")).toEqual(["branch:read"]);
  });
});
