import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkQuota, effectiveQuota, QuotaSource } from "../../../shared/domain/terms/quota.ts";
import { sized } from "../../support/size.ts";

const names = ["hardQuotaBytes", "planBytes", "trialBytes", "userQuotaBytes"] as const;
type Quotas = Record<(typeof names)[number], number | null>;
const sources = {
  hardQuotaBytes: "hardQuota",
  planBytes: "plan",
  trialBytes: "trialSettings",
  userQuotaBytes: "userQuota",
};

/** The rule by trial and error: the largest number of bytes that breaks none of the limits that count, and the first that stops one more. */
function bruteForce(quotas: Quotas): { bytes: number | null; source: string | null } {
  const counts = names.filter((name) => {
    if (quotas[name] === null) return false;
    return name === "userQuotaBytes" || (name === "hardQuotaBytes") === (quotas.hardQuotaBytes !== null);
  });
  if (counts.length === 0) return { bytes: null, source: null };
  const stops = (bytes: number) => counts.filter((name) => bytes > Number(quotas[name]));
  let bytes = 0;
  while (stops(bytes + 1).length === 0) bytes += 1;
  const [first = "userQuotaBytes"] = stops(bytes + 1);
  return { bytes, source: sources[first] };
}

describe("the effective quota (Q2)", () => {
  test("is the smaller of hard and user quota, with the rule that it comes from, in every combination", () => {
    const values = [null, 0, 1, 2, 3];
    const seen = new Set<string | null>();
    for (const hardQuotaBytes of values)
      for (const planBytes of values)
        for (const trialBytes of values)
          for (const userQuotaBytes of values) {
            const quotas = { hardQuotaBytes, planBytes, trialBytes, userQuotaBytes };
            const effective = effectiveQuota(quotas);
            expect(effective, JSON.stringify(quotas)).toEqual(bruteForce(quotas));
            seen.add(effective.source);
          }
    expect([...seen].sort()).toEqual([...QuotaSource.options, null].sort());
  });

  test("is never more than any limit that counts, and is one of them", () => {
    const quota = fc.option(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), { freq: 3 });
    const quotas = fc.record({ hardQuotaBytes: quota, planBytes: quota, trialBytes: quota, userQuotaBytes: quota });
    fc.assert(
      fc.property(quotas, (given) => {
        const { bytes, source } = effectiveQuota(given);
        const { hardQuotaBytes, planBytes, trialBytes, userQuotaBytes } = given;
        const hard = hardQuotaBytes ?? Math.min(planBytes ?? Infinity, trialBytes ?? Infinity);
        expect(bytes ?? Infinity).toBe(Math.min(hard, userQuotaBytes ?? Infinity));
        expect(source === null).toBe(bytes === null);
      }),
      { numRuns: sized(400, 2_000) },
    );
  });

  test("of nothing is a quota, not the lack of one", () => {
    const none = { hardQuotaBytes: null, planBytes: null, trialBytes: null, userQuotaBytes: null };
    expect(effectiveQuota({ ...none, hardQuotaBytes: 0, planBytes: 5 })).toEqual({ bytes: 0, source: "hardQuota" });
    expect(effectiveQuota({ ...none, userQuotaBytes: 0, planBytes: 5 })).toEqual({ bytes: 0, source: "userQuota" });
    expect(effectiveQuota(none)).toEqual({ bytes: null, source: null });
  });
});

describe("a quota", () => {
  const refusal = (bytes: number | null | undefined, limit: number | null) => {
    try {
      checkQuota(bytes, limit, "hardQuotaBytes");
      return null;
    } catch (error) {
      return error;
    }
  };
  const refused = { code: "quota_not_allowed", errors: [{ path: "hardQuotaBytes", code: "quota_not_allowed" }] };

  test("lies between nothing and what the customer has", () => {
    for (const bytes of [0, 1, 10, null, undefined]) expect(refusal(bytes, 10)).toBeNull();
    for (const bytes of [-1, -Number.MAX_SAFE_INTEGER, 11, Number.MAX_SAFE_INTEGER])
      expect(refusal(bytes, 10)).toMatchObject(refused);
  });

  test("of a customer without a limit is any, but not negative", () => {
    expect(refusal(Number.MAX_SAFE_INTEGER, null)).toBeNull();
    expect(refusal(-1, null)).toMatchObject(refused);
  });

  test("of a customer that has no space is nothing", () => {
    expect(refusal(0, 0)).toBeNull();
    expect(refusal(1, 0)).toMatchObject(refused);
  });
});
