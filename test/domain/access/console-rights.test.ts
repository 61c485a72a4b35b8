import { expect, test } from "vitest";
import { granted } from "../../../console/src/app/rights.ts";
import { type CallerRole, may, permissions, portalRole, Role } from "../../../shared/domain/access/roles.ts";

test("the console offers what a role may do by the same rule as the API", () => {
  const roles: CallerRole[] = [...Role.options, portalRole];
  const byRule = Object.fromEntries(
    permissions.map((permission) => [permission, roles.filter((role) => may(role, permission))]),
  );
  expect(granted).toEqual(byRule);
});
