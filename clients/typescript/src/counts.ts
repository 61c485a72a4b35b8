import type { Input, Output, Schemas, Tenantry } from "./client.ts";

/** What stands below a customer: counts of the whole branch, and what the customer's record knows of it. */
export interface Counted {
  totals: Output<"getCounts">["totals"];
  counts: Schemas["BranchCounts"];
}

/** Adds up numbers at the same places. */
function added<T>(one: T, other: T): T {
  if (typeof one === "number") return (one + Number(other)) as T;
  const entries = Object.entries(one as object).map(([name, value]): [string, unknown] => [
    name,
    added<unknown>(value, (other as Record<string, unknown>)[name]),
  ]);
  return Object.fromEntries(entries) as T;
}

/** Goes through a branch by `getCounts`, page by page, and adds up the counts. @param input as for `getCounts` */
export async function countBranch(
  { getCounts }: Pick<Tenantry, "getCounts">,
  input: Input<"getCounts">,
): Promise<Counted> {
  let { counts, totals, nextCursor } = await getCounts(input);
  while (nextCursor !== null) {
    const page = await getCounts({ ...input, query: { ...input.query, cursor: nextCursor } });
    counts = added(counts, page.counts);
    ({ totals, nextCursor } = page);
  }
  return { totals, counts };
}
