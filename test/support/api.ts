import { randomBytes } from "node:crypto";
import { copyFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";
import type { OperationId } from "../../functions/routes.ts";
import type { Customer } from "../../shared/domain/hierarchy/customer.ts";
import { type Contract, methodOf, pathOf } from "../../shared/http/contract.ts";
import { createTestTable, type TestTable } from "./dynamo.ts";
import { storagePlan } from "./storage-plan.ts";
import { startTokenServer } from "./token-server.ts";
import { makeVaultsReady } from "./vaults.ts";

/** An answer of the API, its body parsed. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  /** `Set-Cookie` headers. */
  cookies: string[];
  // Tests look into bodies of every shape, refusals included; each asserts what it reads.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}
export interface CallOptions {
  token?: string | null;
  headers?: Record<string, string>;
  /** Sent as it is instead of JSON of `body`. */
  raw?: string;
  base64?: boolean;
  /** `name=value`, one each. */
  cookies?: string[];
  /** Where the gateway sees the request come from. */
  sourceIp?: string;
}

/** The API in this process: the real handlers on a table of their own, without a network in between. */
export interface TestApi {
  table: TestTable;
  runtime: (typeof import("../../shared/runtime/function-runtime.ts"))["runtime"];
  token: string;
  provider: Customer;
  call: (operationId: OperationId, input?: Request, options?: CallOptions) => Promise<Reply>;
  /** The body of a success; anything else fails the test. */
  ok: (operationId: OperationId, input?: Request, options?: CallOptions) => Promise<Reply["body"]>;
  invoke: (jobFile: string, event: unknown) => Promise<unknown>;
  /** Sets the clock of handlers forward. */
  advance: (ms: number) => void;
  /** Why each request was answered with 500, which its answer does not tell. */
  failures: string[];
}
export interface Request {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
}

const root = new URL("../../", import.meta.url);
type Handler = (event: unknown, context: unknown) => Promise<Answer>;
export interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  cookies?: string[];
  body: string;
  isBase64Encoded?: boolean;
}

/** The body as a client reads it: JSON as a value, anything else as text. */
function bodyOf({ headers, body, isBase64Encoded = false }: Answer): unknown {
  if (body === "") return undefined;
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  const text = (headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString("utf8");
  return /^application\/(problem\+)?json$/.test(headers["content-type"] ?? "") ? JSON.parse(text) : text;
}

export const replyOf = (answer: Answer): Reply => ({
  status: answer.statusCode,
  headers: answer.headers,
  cookies: answer.cookies ?? [],
  body: bodyOf(answer),
});

/** A request as the gateway hands it to the function of an operation. */
export function eventOf(
  contract: Pick<Contract, "route" | "file">,
  { params = {}, query, body }: Request,
  options: CallOptions & { token: string | null },
) {
  const { token } = options;
  const method = methodOf(contract);
  const path = pathOf(contract).replaceAll(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  // A file is sent as it is: a text as CSV, bytes as what they are.
  const bytes = body instanceof Uint8Array ? Buffer.from(body).toString("base64") : undefined;
  const isFile = contract.file !== undefined && (bytes !== undefined || typeof body === "string");
  const text =
    options.raw ?? (isFile ? (bytes ?? String(body)) : body === undefined ? undefined : JSON.stringify(body));
  const json = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const file = bytes === undefined ? "text/csv" : "application/octet-stream";
  return {
    version: "2.0",
    routeKey: contract.route,
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(text !== undefined && {
        "content-type": isFile ? file : json,
      }),
      ...options.headers,
    },
    ...(options.cookies && { cookies: options.cookies }),
    ...(query && { queryStringParameters: query }),
    ...(Object.keys(params).length > 0 && { pathParameters: params }),
    requestContext: {
      requestId: "gateway",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: options.sourceIp ?? "127.0.0.1", userAgent: "test" },
    },
    ...(text !== undefined && { body: options.base64 ? Buffer.from(text, "latin1").toString("base64") : text }),
    isBase64Encoded: options.base64 ?? bytes !== undefined,
  };
}

/** A file with a key that stands in for KMS. */
function sealKeyFile(): string {
  const file = join(mkdtempSync(join(tmpdir(), "tenantry-seal-")), "seal-key");
  writeFileSync(file, randomBytes(32), { mode: 0o600 });
  return file;
}

/** A folder with what functions serve beside their code, in short. */
function packedFiles(): string {
  const folder = mkdtempSync(join(tmpdir(), "tenantry-packed-"));
  copyFileSync(fileURLToPath(new URL("functions/meta/examples.json", root)), join(folder, "examples.json"));
  writeFileSync(join(folder, "reference.js.gz"), gzipSync("// draws the reference\n"));
  for (const font of ["DejaVuSansCondensed.ttf", "DejaVuSansCondensed-Bold.ttf"])
    copyFileSync(createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${font}`), join(folder, font));
  return folder;
}

export interface TestApiSettings {
  rateLimit?: number;
  environment?: Record<string, string>;
  /** `ready`: they are there before a device asks for leave to back up, without any storage; `ordered`: they come when they are provisioned. */
  vaults?: "ready" | "ordered";
}

const asksForVault: ReadonlySet<OperationId> = new Set([
  "authorizeBackup",
  "explainAdmission",
  "renewCredentials",
  "giveRestoreAccess",
]);
const ordersVault: ReadonlySet<OperationId> = new Set([
  "createCustomer",
  "upsertCustomer",
  "createAccount",
  "updateCustomer",
  "changeStorageLocation",
]);

/** Starts the API on a fresh table with a provider and its first key. One per test file, since functions read their environment once. */
export async function startTestApi({
  rateLimit = 1_000_000,
  environment = {},
  vaults = "ready",
}: TestApiSettings = {}): Promise<TestApi> {
  const table = await createTestTable();
  Object.assign(process.env, {
    TABLE_NAME: table.tableName,
    STAGE: "test",
    LOG_LEVEL: "ERROR",
    RATE_LIMIT_PER_MINUTE: String(rateLimit),
    DYNAMODB_ENDPOINT: table.endpoint,
    SHOW_COSTS: "true",
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: table.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: table.credentials.secretAccessKey,
    TENANTRY_CLOCK_OFFSET_MS: "0",
    POWERTOOLS_DEV: "false",
    MAIL_FROM: "backup@tenantry.example",
    MAIL_CONFIGURATION_SET: "tenantry-test",
    MAIL_RATE_PER_SECOND: "1000",
    PUBLIC_URL: "https://api.tenantry.example",
    SEAL_KEY_ID: "arn:aws:kms:eu-central-1:111122223333:key/test",
    ACCOUNT_ID: storagePlan.account,
    STORAGE_LOCATIONS: JSON.stringify(storagePlan.locations),
    AWS_LOCAL_ENDPOINT: await startTokenServer(() => Date.now() + Number(process.env["TENANTRY_CLOCK_OFFSET_MS"])),
    SEAL_KEY_FILE: sealKeyFile(),
    LAMBDA_TASK_ROOT: packedFiles(),
    ...environment,
  });
  const { routes } = await import("../../functions/routes.ts");
  const { operationFile } = await import("../../shared/http/contract.ts");
  const { runtime } = await import("../../shared/runtime/function-runtime.ts");
  const load = async (file: string): Promise<Handler> =>
    ((await import(fileURLToPath(new URL(file, root)))) as { handler: Handler }).handler;

  /** What has been called since a device last asked and may have ordered vaults. */
  const ordered = new Set<OperationId>();
  const call: TestApi["call"] = async (operationId, { params = {}, query, body } = {}, options = {}) => {
    const contract = routes[operationId];
    if (vaults === "ready" && asksForVault.has(operationId) && ordered.size > 0) await makeVaultsReady(table);
    if (asksForVault.has(operationId)) ordered.clear();
    else if (ordersVault.has(operationId)) ordered.add(operationId);
    const token = options.token === undefined ? api.token : options.token;
    const event = eventOf(
      contract,
      { params, ...(query && { query }), ...(body !== undefined && { body }) },
      { ...options, token },
    );
    const answer = await (await load(operationFile(contract)))(event, {});
    return replyOf(answer);
  };
  const failures: string[] = [];
  const logError = runtime.logger.error.bind(runtime.logger);
  runtime.logger.error = (input, ...extra) => {
    failures.push(inspect(extra.length > 0 ? extra : input, { depth: 6 }));
    logError(input, ...extra);
  };
  const api: TestApi = {
    failures,
    table,
    runtime,
    token: "",
    provider: undefined as unknown as Customer,
    call,
    async ok(operationId, input, options) {
      const reply = await call(operationId, input, options);
      if (reply.status >= 300)
        throw new Error(`${operationId} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
      return reply.body;
    },
    invoke: async (jobFile, event) => (await load(jobFile))(event, {}),
    advance: (ms) => {
      process.env["TENANTRY_CLOCK_OFFSET_MS"] = String(Number(process.env["TENANTRY_CLOCK_OFFSET_MS"]) + ms);
    },
  };
  const first = (await api.invoke("functions/setup/bootstrap-provider.ts", {
    provider: { name: "Test Provider", email: "admin@example.com", country: "DE" },
  })) as { provider: Customer; token: string };
  return Object.assign(api, { provider: first.provider, token: first.token });
}

/** What the counter says that a request has cost. */
export function costsOf(reply: Reply): { roundTrips: number; readUnits: number; writeUnits: number } {
  const header = reply.headers["server-timing"] ?? "";
  const read = (name: string): number => Number(new RegExp(`${name};dur=([\\d.]+)`).exec(header)?.[1]);
  return { roundTrips: read("roundtrips"), readUnits: read("rcu"), writeUnits: read("wcu") };
}
