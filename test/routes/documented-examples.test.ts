import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type OperationId, routes } from "../../functions/routes.ts";
import type { Contract } from "../../shared/http/contract.ts";
import type { OperationExample } from "../../shared/http/description/openapi.ts";
import { recordExamples } from "./recording.ts";

const file = fileURLToPath(new URL("../../functions/meta/examples.json", import.meta.url));
const ids = Object.keys(routes) as OperationId[];
const contractOf = (id: OperationId): Contract => routes[id];

// RECORD_EXAMPLES=1 npm test -- test/routes/documented-examples.test.ts
if (process.env["RECORD_EXAMPLES"] === "1") {
  test("records an example of every operation", { timeout: 300_000 }, async () => {
    writeFileSync(file, `${JSON.stringify(await recordExamples(ids), null, 2)}\n`);
  });
}

const recorded = (): Record<string, OperationExample> =>
  JSON.parse(readFileSync(file, "utf8")) as Record<string, OperationExample>;

test("every operation that answers JSON has one example, and no example is of an operation that is gone", () => {
  const wanted = ids.filter((id) => contractOf(id).success.media === undefined && id !== "openapi");
  expect(Object.keys(recorded()).sort()).toEqual(wanted.sort());
});

test("no example holds a secret", () => {
  for (const [, secret] of readFileSync(file, "utf8").matchAll(/t[kedv]_[0-9A-Z]{26}_([\w-]+)/g))
    expect(secret).toMatch(/^x{49}$/);
});

describe.each(ids)("the example of %s", (id) => {
  const example = recorded()[id];
  test.skipIf(example === undefined)("is a request and an answer as its contract says", () => {
    const { params, query, body, success } = contractOf(id);
    const { answer, ...request } = example!;
    expect(params?.safeParse(request.params ?? {}).error?.issues ?? []).toEqual([]);
    expect(query?.safeParse(request.query ?? {}).error?.issues ?? []).toEqual([]);
    expect(body?.safeParse(request.body).error?.issues ?? []).toEqual([]);
    expect(success.body.parse(answer)).toEqual(answer);
  });
});
