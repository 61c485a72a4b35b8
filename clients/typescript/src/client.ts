import createFetchClient from "openapi-fetch";
import { routes } from "./operations.ts";
import { problemOf } from "./problem.ts";
import { retrying, type RetryOptions } from "./retry.ts";
import type { components, operations, paths } from "./schema.ts";

/** The schemas of the API by their name, such as `Schemas["Customer"]`. */
export type Schemas = components["schemas"];
export type OperationId = keyof typeof routes & keyof operations;

type Known<T> = Exclude<T, undefined>;
type PartOf<Id extends OperationId, Where extends "path" | "query"> = operations[Id] extends {
  parameters: infer Parameters;
}
  ? Where extends keyof Parameters
    ? Known<Parameters[Where]>
    : never
  : never;
/** A file as an operation takes it. */
export type FileContent = string | Uint8Array<ArrayBuffer> | Blob;
type BodyOf<Id extends OperationId> = (typeof routes)[Id] extends { takesFile: true } ? FileContent : JsonOf<Id>;
type JsonOf<Id extends OperationId> = operations[Id] extends { requestBody?: infer Body }
  ? Known<Body> extends { content: infer Content }
    ? Content[keyof Content]
    : never
  : never;
/** A part that has to be there if anything in it has to. */
type Part<Name extends string, T> = [T] extends [never]
  ? unknown
  : Record<never, never> extends T
    ? { [Key in Name]?: T }
    : { [Key in Name]: T };

/** What a request of any operation may have. */
export interface CallOptions {
  signal?: AbortSignal;
  /** Default: a new one for each call, the same for all its attempts. */
  idempotencyKey?: string;
  /** The `version` that is to be changed; where it is another by now, the call fails with `precondition_failed`. */
  ifMatch?: string | number;
  /** Is told the headers of the answer: a text has no other place for what is not in it. */
  onHeaders?: (headers: Headers) => void;
}
/** What an operation is called with. */
export type Input<Id extends OperationId> = Part<"params", PartOf<Id, "path">> &
  Part<"query", PartOf<Id, "query">> &
  Part<"body", BodyOf<Id>> &
  CallOptions;
type SuccessOf<Id extends OperationId> = operations[Id]["responses"][keyof operations[Id]["responses"]];
/** What an operation answers. */
export type Output<Id extends OperationId> = (typeof routes)[Id] extends { isBinary: true } ? Blob : TextOrJson<Id>;
type TextOrJson<Id extends OperationId> =
  SuccessOf<Id> extends infer Answer
    ? Answer extends { content: infer Content }
      ? Content[keyof Content]
      : never
    : never;
type Arguments<Id extends OperationId> =
  Record<never, never> extends Input<Id> ? [input?: Input<Id>] : [input: Input<Id>];

/** A client of the API: a method for each operation. @throws TenantryError on every answer outside 2xx */
export type Tenantry = { readonly [Id in OperationId]: (...input: Arguments<Id>) => Promise<Output<Id>> };

export interface TenantryOptions extends RetryOptions {
  /** Where the API answers, without `/v1`, such as `https://api.example.com`. */
  url: string;
  /** An API key or another token; a function is asked before each request. Default: none, as a browser's session has its cookie. */
  token?: string | (() => string | Promise<string>) | undefined;
  /** Default: the platform's `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
}

/** Any input, as a call takes it apart. */
interface AnyInput extends CallOptions {
  params?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
}

interface Route {
  method: string;
  path: string;
  isJson: boolean;
  takesFile?: boolean;
  isBinary?: boolean;
}
const asItIs = (body: unknown): unknown => body;

const repeatable = new Map<string, RegExp[]>();
for (const { method, path, repeats } of Object.values(routes)) {
  if (repeats) continue;
  const pattern = new RegExp(`${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
  repeatable.set(method, [...(repeatable.get(method) ?? []), pattern]);
}
/** Reads change nothing, and a change that comes with its key is made once. */
const repeats = ({ method, url }: Request): boolean => {
  const { pathname } = new URL(url);
  return !(repeatable.get(method) ?? []).some((pattern) => pattern.test(pathname));
};

/**
 * Makes a client. It sends an `Idempotency-Key` with each change, tries again what failed for the moment, and throws what is refused.
 * @throws TypeError where the URL is none
 */
export function createTenantry({ url, token, fetch: given, ...retry }: TenantryOptions): Tenantry {
  const base = new URL(url);
  const send = given ?? ((request: Request) => globalThis.fetch(request));
  const client = createFetchClient<paths>({
    baseUrl: base.href.replace(/\/+$/, ""),
    fetch: retrying(send, repeats, retry),
  });
  client.use({
    async onRequest({ request }) {
      const credential = typeof token === "function" ? await token() : token;
      if (credential !== undefined) request.headers.set("authorization", `Bearer ${credential}`);
      return request;
    },
    async onResponse({ response }) {
      if (!response.ok) throw await problemOf(response);
    },
  });

  const call = async (id: OperationId, input: AnyInput = {}): Promise<unknown> => {
    const { method, path, isJson, takesFile = false, isBinary = false } = routes[id] as Route;
    const { params, query, body, signal, idempotencyKey, ifMatch, onHeaders } = input;
    const headers: Record<string, string> = {
      ...(method !== "GET" && { "idempotency-key": idempotencyKey ?? crypto.randomUUID() }),
      ...(takesFile && { "content-type": "application/octet-stream" }),
      ...(ifMatch !== undefined && { "if-match": typeof ifMatch === "number" ? `"${ifMatch}"` : ifMatch }),
    };
    const parseAs = isJson ? "json" : isBinary ? "blob" : "text";
    const init = {
      params: { path: params, query },
      body,
      headers,
      parseAs,
      ...(takesFile && { bodySerializer: asItIs }),
      ...(signal && { signal }),
    };
    const request = client.request as unknown as (
      method: string,
      path: string,
      init: object,
    ) => Promise<{ data?: unknown; response: Response }>;
    const { data, response } = await request(method.toLowerCase(), path, init);
    onHeaders?.(response.headers);
    return data;
  };
  const methods = (Object.keys(routes) as OperationId[]).map((id) => [id, (input?: AnyInput) => call(id, input)]);
  return Object.fromEntries(methods) as Tenantry;
}
