import { Validator } from "@seriousme/openapi-schema-validator";
import * as z from "zod";
import { beforeAll, describe, expect, test } from "vitest";
import { type OperationId, operations, routes } from "../../functions/routes.ts";
import { type Contract, errorsOf, methodOf, pathOf, successesOf } from "../../shared/http/contract.ts";
import { problems } from "../../shared/http/problem.ts";
import { type Reply, startTestApi, type TestApi } from "../support/api.ts";

interface Described {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  security?: unknown[];
  parameters: { name: string; in: string; required: boolean; schema: object }[];
  requestBody?: { required: boolean; content: Record<string, { schema: object; example?: unknown }> };
  responses: Record<string, { description: string; content: Record<string, { schema: object; example?: unknown }> }>;
}
interface Document {
  openapi: string;
  tags: { name: string; description: string }[];
  "x-tagGroups": { name: string; tags: string[] }[];
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, object> };
}
let api: TestApi;
let document: Document;
beforeAll(async () => {
  api = await startTestApi();
  document = (await api.ok("openapi", {}, { token: null })) as Document;
});
const described = (id: OperationId): Described => {
  const found = document.paths[pathOf(routes[id])]?.[methodOf(routes[id]).toLowerCase()];
  if (!found) throw new Error(`${id} is not in the document.`);
  return found;
};

/** Every value in a document, with its place. */
function* places(value: unknown, path = "#"): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield [path, value as Record<string, unknown>];
  for (const [key, inner] of Object.entries(value)) yield* places(inner, `${path}/${key}`);
}
const parsers = new Map<string, z.ZodType>();
/** A schema of the document as a parser, its references among the components included. */
const parserOf = (schema: object): z.ZodType => {
  const key = JSON.stringify(schema);
  const known = parsers.get(key);
  if (known) return known;
  const standalone = JSON.stringify({ ...schema, $defs: document.components.schemas });
  const parser = z.fromJSONSchema(JSON.parse(standalone.replaceAll("#/components/schemas/", "#/$defs/")));
  parsers.set(key, parser);
  return parser;
};

test("the document is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  const result = await validator.validate({ ...structuredClone(document) });
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
  expect(validator.version).toBe("3.1");
  const broken = structuredClone(document) as { paths: unknown };
  broken.paths = { "/v1/me": { get: { responses: "none" } } };
  expect((await new Validator().validate(broken)).valid).toBe(false);
});

test("its operations are the routes, each once", () => {
  const ids = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId),
  );
  expect(ids.sort()).toEqual(Object.keys(routes).sort());
});

test("its tags have a title, a description and a place in one chapter", () => {
  const names = document.tags.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { description } of document.tags) expect(description).toMatch(/\w.*\.$/);
  expect(document["x-tagGroups"].flatMap(({ tags }) => tags)).toEqual(names);
});

test("every reference leads to a component, and every component is used", () => {
  const used = new Set<string>();
  for (const [path, { $ref }] of places(document)) {
    if ($ref === undefined) continue;
    const [, name = ""] = /^#\/components\/schemas\/([A-Za-z]+)$/.exec(String($ref)) ?? [];
    expect(Object.keys(document.components.schemas), path).toContain(name);
    used.add(name);
  }
  expect([...used].sort()).toEqual(Object.keys(document.components.schemas).sort());
});

test("every schema can be read by a JSON Schema implementation", () => {
  let count = 0;
  for (const [path, { schema }] of places(document)) {
    if (typeof schema !== "object" || schema === null) continue;
    expect(() => parserOf(schema), path).not.toThrow();
    count += 1;
  }
  expect(count).toBeGreaterThan(operations.length * 5);
});

describe.each(Object.keys(routes) as OperationId[])("%s", (id) => {
  const contract: Contract = routes[id];

  test("is described with every status and code that it can answer with", () => {
    const { responses } = described(id);
    const statuses = [...successesOf(contract), ...errorsOf(contract).map((code) => problems[code].status)];
    expect(Object.keys(responses).sort()).toEqual([...new Set(statuses.map(String))].sort());
    for (const code of errorsOf(contract))
      expect(responses[problems[code].status]?.description).toContain(`\`${code}\``);
  });

  test("is described in words, under a tag, with an example that its schemas take", () => {
    const { summary, description, tags, requestBody, responses } = described(id);
    expect(summary).toMatch(/^[A-Z][^.]{3,70}$/);
    expect(description.startsWith(contract.description)).toBe(true);
    expect(contract.description).toMatch(/^[A-Z`][\s\S]{20,}\.$/);
    expect(document.tags.map(({ name }) => name)).toEqual(expect.arrayContaining(tags));
    expect(tags.length).toBe(1);
    if (contract.success.media !== undefined || id === "openapi") return;
    const examples = Object.values(responses)
      .flatMap(({ content }) => Object.values(content))
      .filter(({ example }) => example !== undefined);
    expect(examples.length).toBe(1);
    for (const { schema, example } of [...examples, ...Object.values(requestBody?.content ?? {})])
      expect(parserOf(schema).safeParse(example).error?.issues ?? [], id).toEqual([]);
  });

  test("is described with its parameters, body and security", () => {
    const { parameters, requestBody, security } = described(id);
    const params = Object.keys("params" in contract ? contract.params.shape : {});
    const query = Object.keys("query" in contract ? contract.query.shape : {});
    const named = (where: string) => parameters.filter((one) => one.in === where).map(({ name }) => name);
    expect([named("path"), named("query")]).toEqual([params, query]);
    const optional = (name: string) => contract.query?.shape[name]?.safeParse(undefined).success ?? true;
    for (const one of parameters) expect(one.required).toBe(one.in === "path" || !optional(one.name));
    const changing = methodOf(contract) !== "GET";
    expect(named("header").includes("Idempotency-Key")).toBe(changing && contract.permission !== "public");
    expect(named("header").includes("If-Match")).toBe(["PUT", "PATCH", "DELETE"].includes(methodOf(contract)));
    expect(requestBody !== undefined).toBe("body" in contract);
    expect(security).toEqual(contract.permission === "public" ? [] : undefined);
  });
});

test("live answers, and refusals, are as the document says", async () => {
  const schemaOf = (id: OperationId, { status, headers }: Reply): object => {
    const schema = described(id).responses[status]?.content[headers["content-type"] ?? ""]?.schema;
    if (!schema) throw new Error(`${id} does not describe ${status} ${headers["content-type"]}`);
    return schema;
  };
  const seen: string[] = [];
  const check = async (
    id: OperationId,
    ...rest: [Parameters<TestApi["call"]>[1]?, Parameters<TestApi["call"]>[2]?]
  ) => {
    const reply = await api.call(id, ...rest);
    const parser = parserOf(schemaOf(id, reply));
    expect(parser.safeParse(reply.body).error?.issues ?? [], `${id} ${reply.status}`).toEqual([]);
    // The description says something: an empty object is no such answer.
    expect(parser.safeParse({}).success).toBe(id === "getSettings" || id === "openapi");
    seen.push(`${id} ${reply.status}`);
    return reply.body;
  };
  const input = {
    name: "Open",
    email: "o@example.com",
    country: "CH",
    level: "reseller",
    branding: { color: "#123456" },
  };
  const { id } = await check("createCustomer", { body: input });
  await check("createCustomer", { body: input });
  await check("createCustomer", { body: {} });
  const customer = await check("createCustomer", {
    body: { name: "End", email: "o@example.com", country: "CH", parentId: id, inTrial: true, space: { limitBytes: 5 } },
  });
  await check("getCustomer", { params: { id: customer.id } });
  await check("getCustomer", { params: { id: customer.id } }, { token: null });
  await check("listCustomers", { query: { limit: "1" } });
  await check("getTree", { params: { id: api.provider.id }, query: { depth: "3" } });
  await check("updateCustomer", { params: { id: customer.id }, body: { tags: ["a"] } });
  await check("updateSettings", { params: { id }, body: { deletion: { graceDays: 5 } } });
  await check("getSettings", { params: { id } });
  await check("getEffectiveSettings", { params: { id } });
  await check("listLog", { params: { id } });
  await check("createApiKey", { body: { customerId: id, role: "viewer", name: "k" } });
  await check("listApiKeys", { query: { customerId: id } });
  await check("listStorageLocations");
  await check("me");
  await check("health");
  expect(seen).toContain("createCustomer 409");
  expect(new Set(seen.map((one) => one.split(" ")[1]))).toEqual(new Set(["201", "409", "400", "200", "401", "422"]));
});

test("what the document allows in a body is what the operation takes", async () => {
  const schema = described("createCustomer").requestBody?.content["application/json"]?.schema ?? {};
  const parser = parserOf(schema);
  const good = {
    name: "Body",
    email: "o@example.com",
    country: "DE",
    level: "reseller",
    tags: ["a"],
    deviceLimit: null,
  };
  expect(parser.safeParse(good).success).toBe(true);
  for (const change of [
    { surprise: 1 },
    { name: "" },
    { level: "provider" },
    { storageLocation: "AT" },
    { deviceLimit: -1 },
    { space: { limitBytes: 0.5 } },
    { email: "x" },
  ])
    expect([change, parser.safeParse({ ...good, ...change }).success]).toEqual([change, false]);
});
