import * as z from "zod";
import { changes, type Contract, errorsOf, methodOf, type Operation, pathOf, successesOf } from "./contract.ts";
import { Problem, problems } from "./problem.ts";

type Json = Record<string, unknown>;

/** Points references at the components. */
function relink(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relink);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === "$ref" && typeof inner === "string"
        ? [key, inner.replace("#/$defs/", "#/components/schemas/")]
        : [key, relink(inner)],
    ),
  );
}

/** A schema as JSON Schema 2020-12. Schemas with an id are collected as components. */
function convert(schema: z.ZodType, io: "input" | "output", components: Json): Json {
  const {
    $schema: _,
    $defs,
    ...json
  } = z.toJSONSchema(schema, {
    io,
    target: "draft-2020-12",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      // Answers may grow: a client must not refuse a field that it does not know yet.
      if (io === "output" && def.type === "object" && def.catchall === undefined)
        delete jsonSchema.additionalProperties;
      // A query parameter arrives as text and means a number or a flag: the meaning is described.
      if (jsonSchema.type === "integer") delete jsonSchema.pattern;
      if (jsonSchema.type === "boolean") delete jsonSchema.enum;
    },
  }) as Json;
  Object.assign(components, relink($defs ?? {}));
  return relink(json) as Json;
}

const parametersOf = (contract: Contract, components: Json): Json[] => {
  const list = (schema: z.ZodObject | undefined, where: "path" | "query"): Json[] =>
    Object.entries(schema?.shape ?? {}).map(([name, type]) => {
      const { description, ...json } = convert(type as z.ZodType, "input", components);
      const required = where === "path" || !(type as z.ZodType).safeParse(undefined).success;
      return { name, in: where, required, ...(description !== undefined && { description }), schema: json };
    });
  const header = (name: string, description: string): Json => ({
    name,
    in: "header",
    required: false,
    description,
    schema: { type: "string" },
  });
  const changing = changes(contract) && contract.permission !== "public";
  return [
    ...list(contract.params, "path"),
    ...list(contract.query, "query"),
    ...(changing
      ? [header("Idempotency-Key", "The same key with the same request replays the first answer for 24 hours")]
      : []),
    ...(["PUT", "PATCH", "DELETE"].includes(methodOf(contract))
      ? [header("If-Match", "ETag of the version that is to be changed; another one gives 412")]
      : []),
  ];
};

const responsesOf = (contract: Contract, components: Json): Json => {
  const schema = convert(contract.success.body, "output", components);
  const success = (description: string): Json => ({
    description,
    headers: {
      "X-Request-Id": { schema: { type: "string" } },
      ...(contract.permission !== "public" && { RateLimit: { schema: { type: "string" } } }),
    },
    content: { "application/json": { schema } },
  });
  const byStatus = Map.groupBy(errorsOf(contract), (code) => problems[code].status);
  return {
    [contract.success.status]: success(contract.success.description ?? contract.summary),
    ...Object.fromEntries(
      successesOf(contract)
        .slice(1)
        .map((status) => [status, success(status === 202 ? "Waits for approval" : "Changed")]),
    ),
    ...Object.fromEntries(
      [...byStatus].map(([status, codes]) => [
        status,
        {
          description: codes.map((code) => `\`${code}\`: ${problems[code].title}`).join("\n\n"),
          content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
        },
      ]),
    ),
  };
};

/** The OpenAPI 3.1 document of a set of operations. Everything in it comes from their contracts. */
export function buildOpenApi(operations: readonly Operation[]): Json {
  const components: Json = {};
  convert(Problem, "output", components);
  const paths: Record<string, Json> = {};
  for (const contract of operations) {
    const body = contract.body && convert(contract.body, "input", components);
    const types =
      methodOf(contract) === "PATCH" ? ["application/merge-patch+json", "application/json"] : ["application/json"];
    const path = (paths[pathOf(contract)] ??= {});
    path[methodOf(contract).toLowerCase()] = {
      operationId: contract.id,
      summary: contract.summary,
      tags: [contract.area],
      ...(contract.permission === "public"
        ? { security: [] }
        : {
            description: `Needs: ${contract.permission === "none" ? "any valid credential" : `\`${contract.permission}\``}`,
          }),
      parameters: parametersOf(contract, components),
      ...(body && {
        requestBody: { required: true, content: Object.fromEntries(types.map((type) => [type, { schema: body }])) },
      }),
      responses: responsesOf(contract, components),
    };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Tenantry",
      version: "1",
      description:
        "The control plane of a backup service. Sizes are bytes, times ISO 8601 UTC, ids a prefix and a ULID. What the caller may not see does not exist: 404.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }],
    tags: [...new Set(operations.map(({ area }) => area))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components,
      securitySchemes: { bearer: { type: "http", scheme: "bearer", description: "An API key (`tk_…`)" } },
    },
  };
}
