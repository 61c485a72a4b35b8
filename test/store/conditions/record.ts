import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createHash } from "node:crypto";
import { afterAll, expect } from "vitest";
import type { TestApi } from "../../support/api.ts";
import { isFullSize } from "../../support/size.ts";
import { openProver, type Proved } from "./prover.ts";

/*
 * Which conditions there are stands in the JSON files beside this one. A condition that is taken out is missing in what was proved; one that is new
 * is to be recorded: RECORD_CONDITIONS=1 npm test -- test/store/conditions
 */
const recording = process.env["RECORD_CONDITIONS"] === "1";

/** Whether the usual run proves a condition anew, or only sees that it is there: one in sixteen of those on record. The long run proves all. */
const isProvedAnew = (what: string, label: string): boolean =>
  isFullSize || recording || (createHash("sha256").update(`${what} ${label}`).digest()[0] ?? 0) % 16 === 0;

/**
 * Opens the conditions on record of one test file.
 * @returns a function that does some work, and fails unless the conditions that were proved meanwhile are those on record under its name
 */
export function openRecord(name: string): (api: TestApi, what: string, work: () => Promise<unknown>) => Promise<void> {
  const file = fileURLToPath(new URL(`${name}.json`, import.meta.url));
  const recorded = recording ? {} : (JSON.parse(readFileSync(file, "utf8")) as Record<string, Proved>);
  const found: Record<string, Proved> = {};
  const provers = new WeakMap<TestApi, ReturnType<typeof openProver>>();
  afterAll(() => {
    if (recording) writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`);
  });
  return async (api, what, work) => {
    const prove = provers.get(api) ?? openProver(api);
    provers.set(api, prove);
    const { caught = [], implied = [] } = recorded[what] ?? {};
    const outcomes = new Map([
      ...caught.map((label) => [label, true] as const),
      ...implied.map((label) => [label, false] as const),
    ]);
    found[what] = await prove(work, (label) => (isProvedAnew(what, label) ? undefined : outcomes.get(label)));
    if (!recording) expect(found[what]).toEqual(recorded[what]);
    expect(found[what].caught.length).toBeGreaterThan(0);
  };
}
