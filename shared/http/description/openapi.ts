import * as z from "zod";
import {
  changes,
  type Contract,
  errorsOf,
  methodOf,
  type Operation,
  pathOf,
  successesOf,
  isBinary,
} from "../contract.ts";
import { Problem, problems } from "../problem.ts";
import { apiVersion } from "../stability.ts";

type Json = Record<string, unknown>;

/** What stands above all operations. */
const introduction = `The control plane of a backup service: who sells to whom, which computers may back up, where their data are stored, and how much of it.

- **Credentials:** send an API key as \`Authorization: Bearer tk_…\`. People log in (\`POST /v1/login\`) and send the session's token, users (\`ts_…\`) as well as backup accounts (\`tp_…\`, for the portal). A key sees its own branch of the hierarchy. Everything else looks as if it did not exist: 404.
- **Conventions:** sizes are bytes, times are ISO 8601 in UTC, and an id is a prefix and a ULID, such as \`cus_01K9…\`.
- **Retries:** send an \`Idempotency-Key\` with a change. Repeating the request with the same key returns the first answer.
- **Concurrent changes:** send the \`ETag\` of what you read as \`If-Match\`. If somebody has changed it since, you get 412.
- **Errors** are problem documents (RFC 9457). Programs read \`code\`, which never changes; people read \`detail\`.
- **Lists** are pages. Pass a page's \`nextCursor\` as \`cursor\` to get the following one.`;

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

/** How one area of the API is presented. */
export interface AreaText {
  title: string;
  description: string;
  group: string;
}

/** One request that succeeded, and its answer. */
export interface OperationExample {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  status: number;
  answer: unknown;
}

/** What the document says beside the contracts. */
export interface OpenApiTexts {
  /** The areas by their folder, in the order of the reference. */
  areas: Readonly<Record<string, AreaText>>;
  /** By operation id. */
  examples: Readonly<Record<string, OperationExample>>;
}

const parametersOf = (contract: Contract, components: Json, example: OperationExample | undefined): Json[] => {
  const given = { ...example?.params, ...example?.query };
  const list = (schema: z.ZodObject | undefined, where: "path" | "query"): Json[] =>
    Object.entries(schema?.shape ?? {}).map(([name, type]) => {
      const { description, ...json } = convert(type as z.ZodType, "input", components);
      const required = where === "path" || !(type as z.ZodType).safeParse(undefined).success;
      return {
        name,
        in: where,
        required,
        ...(description !== undefined && { description }),
        schema: json,
        ...(given[name] !== undefined && { example: given[name] }),
      };
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

const responsesOf = (contract: Contract, components: Json, example: OperationExample | undefined): Json => {
  const schema = isBinary(contract)
    ? { type: "string", format: "binary" }
    : convert(contract.success.body, "output", components);
  const media = contract.success.media ?? "application/json";
  const success = (status: number, description: string): Json => ({
    description,
    headers: {
      "X-Request-Id": { schema: { type: "string" } },
      "Tenantry-Version": { schema: { type: "string" } },
      ...(contract.permission !== "public" && { RateLimit: { schema: { type: "string" } } }),
      // A text has no place for a cursor.
      ...(contract.success.media !== undefined &&
        contract.query?.shape["cursor"] !== undefined && {
          Link: { description: 'Where the rest is (`rel="next"`)', schema: { type: "string" } },
        }),
    },
    content: { [media]: { schema, ...(example?.status === status && { example: example.answer }) } },
  });
  const byStatus = Map.groupBy(errorsOf(contract), (code) => problems[code].status);
  return {
    [contract.success.status]: success(contract.success.status, contract.success.description ?? "Done"),
    ...Object.fromEntries(
      successesOf(contract)
        .slice(1)
        .map((status) => [status, success(status, status === 202 ? "Waits for approval" : "Changed")]),
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

/** Who may call an operation, in a sentence. */
const audience = ({ permission, portal }: Contract): string => {
  const also = portal ? " The login of an account may call it too." : "";
  if (portal === "only") return "Needs the session of an account.";
  if (permission === "public") return "Needs no credential.";
  if (permission === "none") return `Needs any valid API key, or the session of a user.${also}`;
  if (permission === "self") return `Needs the session of a user.${also}`;
  if (permission === "server") return "Needs a storage server's token.";
  if (permission === "device") return "Needs a device's token.";
  return `Needs an API key or a user whose role holds \`${permission}\`.${also}`;
};

/** What is to be used in place of an operation that will go. */
const farewell = ({ deprecated }: Contract): string =>
  deprecated ? `**Deprecated:** goes on ${deprecated.sunset}. ${deprecated.instead}` : "";

/** The OpenAPI 3.1 document of a set of operations: their contracts, with the texts and examples that people read beside them. */
export function buildOpenApi(operations: readonly Operation[], { areas, examples }: OpenApiTexts): Json {
  const components: Json = {};
  const areaOf = ({ area, id }: Operation): AreaText => {
    const text = areas[area];
    if (!text) throw new Error(`${id} stands in the area ${area}, which has no title`);
    return text;
  };
  const used = Object.entries(areas).filter(([area]) => operations.some((operation) => operation.area === area));
  convert(Problem, "output", components);
  const paths: Record<string, Json> = {};
  for (const contract of operations) {
    // A file has no schema beyond being one (OpenAPI 3.1, "Considerations for file uploads").
    const body = contract.file ? {} : contract.body && convert(contract.body, "input", components);
    const types =
      contract.file?.types ??
      (methodOf(contract) === "PATCH" ? ["application/merge-patch+json", "application/json"] : ["application/json"]);
    const path = (paths[pathOf(contract)] ??= {});
    const example = examples[contract.id];
    path[methodOf(contract).toLowerCase()] = {
      operationId: contract.id,
      summary: contract.summary,
      description: [contract.description, audience(contract), farewell(contract)].filter(Boolean).join("\n\n"),
      ...(contract.deprecated && { deprecated: true, "x-sunset": contract.deprecated.sunset }),
      tags: [areaOf(contract).title],
      ...(contract.permission === "public" && { security: [] }),
      parameters: parametersOf(contract, components, example),
      ...(body && {
        requestBody: {
          required: true,
          content: Object.fromEntries(
            types.map((type) => [
              type,
              { schema: body, ...(example?.body !== undefined && { example: example.body }) },
            ]),
          ),
        },
      }),
      responses: responsesOf(contract, components, example),
    };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Tenantry",
      version: apiVersion,
      description: introduction,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }],
    tags: used.map(([, { title, description }]) => ({ name: title, description })),
    "x-tagGroups": [...Map.groupBy(used, ([, { group }]) => group)].map(([name, of]) => ({
      name,
      tags: of.map(([, { title }]) => title),
    })),
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description:
            "An API key (`tk_…`), a session (`ts_…`, `tp_…`), a device's token (`td_…`), or a storage server's (`tv_…`)",
        },
      },
    },
  };
}
