import { describe, expect, test } from "vitest";
import {
  checkNumberOfPlans,
  choosePlan,
  firstPlans,
  PlanCode,
  planOf,
  plansAtMost,
  putPlan,
  type ServicePlan,
} from "../../../shared/domain/accounts/service-plan.ts";

const now = Date.parse("2030-01-01T00:00:00.000Z");
const later = now + 1_000;
const [basic, select, trial] = firstPlans(now) as [ServicePlan, ServicePlan, ServicePlan];
const input = { name: "Gold", rights: { openFileBackupOnServers: true, versioning: false } };
const refusalOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

test("an installation begins with the plans of document 004", () => {
  expect(firstPlans(now)).toHaveLength(3);
  expect([basic.code, select.code, trial.code]).toEqual(["basic", "select", "trial"]);
  expect(basic).toMatchObject({ rights: { openFileBackupOnServers: false, versioning: false }, hardQuotaBytes: null });
  expect(select).toMatchObject({ rights: { openFileBackupOnServers: true, versioning: true }, hardQuotaBytes: null });
  expect(trial).toMatchObject({ rights: select.rights, trial: true, hardQuotaBytes: 512 * 1024 * 1024 });
  expect([basic.trial, select.trial]).toEqual([false, false]);
  for (const plan of firstPlans(now))
    expect(plan).toMatchObject({ version: 1, retiredAt: null, createdAt: "2030-01-01T00:00:00.000Z" });
});

describe("putting a plan", () => {
  test("makes one that is no trial and has no quota, unless it is said", () => {
    expect(putPlan("gold", input, null, now)).toEqual({
      ...input,
      code: "gold",
      version: 1,
      trial: false,
      hardQuotaBytes: null,
      retiredAt: null,
      createdAt: "2030-01-01T00:00:00.000Z",
      updatedAt: "2030-01-01T00:00:00.000Z",
    });
    expect(putPlan("test", { ...input, trial: true, hardQuotaBytes: 0 }, null, now)).toMatchObject({
      trial: true,
      hardQuotaBytes: 0,
    });
  });

  test("replaces all of one that there is but its beginning, and takes it back from retirement", () => {
    const before = { ...trial, retiredAt: "2030-01-01T00:00:00.500Z", version: 4 };
    expect(putPlan("trial", input, before, later)).toEqual({
      ...input,
      code: "trial",
      version: 5,
      trial: true,
      hardQuotaBytes: null,
      retiredAt: null,
      createdAt: trial.createdAt,
      updatedAt: "2030-01-01T00:00:01.000Z",
    });
  });

  test("never makes a trial of a plan that is none, nor the other way round", () => {
    for (const [before, wanted] of [
      [basic, true],
      [trial, false],
    ] as const) {
      const refused = refusalOf(() => putPlan(before.code, { ...input, trial: wanted }, before, later));
      expect(refused).toMatchObject({ code: "immutable", errors: [{ path: "trial" }] });
      expect(putPlan(before.code, { ...input, trial: before.trial }, before, later).trial).toBe(before.trial);
    }
  });
});

describe("choosing a plan", () => {
  const retired = { ...basic, retiredAt: "2030-01-01T00:00:00.000Z" };
  const plans = [retired, select, trial];

  test("takes one that is offered", () => {
    expect(choosePlan(plans, "select")).toBe(select);
  });

  test.each([
    [undefined, "plan_required"],
    ["gold", "plan_unknown"],
    ["basic", "plan_retired"],
  ])("refuses %s, and names those that are offered", (code, refusal) => {
    const error = refusalOf(() => choosePlan(plans, code));
    expect(error).toMatchObject({ code: refusal, errors: [{ path: "plan", code: refusal }] });
    expect((error as Error).message).toMatch(/select, trial\.$/);
  });

  test("is not asked again of an account on a plan that was retired", () => {
    expect(planOf(plans, "basic")).toBe(retired);
    expect(() => planOf(plans, "gold")).toThrow("does not exist");
  });
});

test("there are at most a hundred plans, retired ones included; each of them can still be changed", () => {
  const plans = Array.from({ length: plansAtMost }, (_, index) => ({ ...basic, code: `plan-${index}` }));
  expect(plansAtMost).toBe(100);
  expect(refusalOf(() => checkNumberOfPlans(plans, "one-more"))).toMatchObject({ code: "too_many" });
  expect(refusalOf(() => checkNumberOfPlans(plans, "plan-0"))).toBeUndefined();
  expect(refusalOf(() => checkNumberOfPlans(plans.slice(1), "one-more"))).toBeUndefined();
});

test("a code has up to 40 lower-case letters, digits and hyphens, and begins with a letter", () => {
  for (const code of ["a", "select", "gold-2", "x".repeat(40)]) expect(PlanCode.safeParse(code).success).toBe(true);
  for (const code of ["", "-a", "2nd", "Gold", "a b", "a#b", "a\n", "ä", "x".repeat(41), "__proto__"])
    expect(PlanCode.safeParse(code).success, code).toBe(false);
});
