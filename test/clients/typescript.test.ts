import { spawnSync } from "node:child_process";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, test } from "vitest";
import {
  countBranch,
  createTenantry,
  explain,
  pages,
  parts,
  type Schemas,
  TenantryError,
} from "../../clients/typescript/src/index.ts";

const folder = resolve(import.meta.dirname, "../../clients/typescript");

interface Asked {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}
/** What the server answers; null: it hangs up. */
type Answer = { status: number; headers?: Record<string, string>; body?: unknown } | null;

let server: Server;
let url: string;
let asked: Asked[] = [];
let answers: (request: Asked, nth: number) => Answer;
beforeAll(async () => {
  server = createServer((call, answer) => {
    let body = "";
    call.on("data", (part: Buffer) => (body += part.toString()));
    call.on("end", () => {
      const request = { method: call.method ?? "", url: call.url ?? "", headers: call.headers, body };
      asked.push(request);
      const said = answers(request, asked.length - 1);
      if (said === null) return void call.socket.destroy();
      const text = typeof said.body === "string" ? said.body : JSON.stringify(said.body ?? {});
      answer.writeHead(said.status, { "content-type": "application/json", ...said.headers }).end(text);
    });
  });
  await new Promise<void>((done) => {
    server.listen(0, "127.0.0.1", done);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
  answers = () => ({ status: 200, body: {} });
});
const client = (more: object = {}) => createTenantry({ url, token: "tk_test", firstWait: 0.001, ...more });
const problem = (status: number, code: string, more: object = {}, headers = {}): Answer => ({
  status,
  headers: { "content-type": "application/problem+json", ...headers },
  body: { status, code, detail: `It is ${code}.`, errors: [], requestId: "req_1", ...more },
});
const refusal = async (work: Promise<unknown>): Promise<TenantryError> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TenantryError);
  return error as TenantryError;
};
const newCustomer = { parentId: "cus_1", name: "Gasthof", email: "office@post.example", country: "DE" };

test("what is generated agrees with the API", () => {
  const node = join(folder, "../../node_modules/.bin/node");
  const { status, stderr } = spawnSync(node, ["generate.ts", "--check"], { cwd: folder, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
}, 120_000);

describe("a call", () => {
  test("sends path, query, body and credential, and answers what came", async () => {
    answers = () => ({ status: 200, body: { id: "cus/1", name: "Post" } });
    const tenantry = client();
    const customer = await tenantry.updateCustomer({
      params: { id: "cus/1" },
      query: { dryRun: true },
      body: { name: "Post" },
      ifMatch: 3,
      idempotencyKey: "mine",
    });
    expectTypeOf(customer).toEqualTypeOf<Schemas["Customer"]>();
    expect(customer).toEqual({ id: "cus/1", name: "Post" });
    const [{ method, url: path, headers, body } = {} as Asked] = asked;
    expect([method, path, JSON.parse(body)]).toEqual(["PATCH", "/v1/customers/cus%2F1?dryRun=true", { name: "Post" }]);
    expect(headers).toMatchObject({ authorization: "Bearer tk_test", "if-match": '"3"', "idempotency-key": "mine" });
  });

  test("asks a function for its token each time, and sends none where there is none", async () => {
    let nth = 0;
    const tenantry = client({ token: () => `tk_${(nth += 1)}` });
    await tenantry.me();
    await tenantry.me();
    await createTenantry({ url }).health();
    expect(asked.map(({ headers }) => headers.authorization)).toEqual(["Bearer tk_1", "Bearer tk_2", undefined]);
    expect(asked[0]?.headers["idempotency-key"]).toBeUndefined();
  });

  test("takes a base URL with a path or a slash at its end; one that is none is refused at once", async () => {
    await createTenantry({ url: `${url}/proxy/` }).health();
    expect(asked[0]?.url).toBe("/proxy/v1/health");
    expect(() => createTenantry({ url: "api.example.com" })).toThrow(TypeError);
  });

  test("answers text where the API does", async () => {
    answers = () => ({ status: 200, headers: { "content-type": "text/html" }, body: "<p>Reference</p>" });
    expect(await client().docs()).toBe("<p>Reference</p>");
  });

  test("needs what the API needs, as the compiler tells", () => {
    const tenantry = client();
    type Needed = Parameters<typeof tenantry.createCustomer>;
    expectTypeOf<[{ body: typeof newCustomer }]>().toExtend<Needed>();
    expectTypeOf<[]>().not.toExtend<Needed>();
    expectTypeOf<[{ body: { name: string } }]>().not.toExtend<Needed>();
    expectTypeOf<[]>().toExtend<Parameters<typeof tenantry.listCustomers>>();
    expectTypeOf<[]>().not.toExtend<Parameters<typeof tenantry.getCustomer>>();
  });
});

describe("a refusal", () => {
  test("is thrown with its code, its findings and the request id", async () => {
    const errors = [{ path: "name", code: "name_taken", message: "Another customer has it." }];
    answers = () => problem(409, "name_taken", { errors });
    const error = await refusal(client().createCustomer({ body: newCustomer }));
    expect(error).toMatchObject({ status: 409, code: "name_taken", message: "It is name_taken.", errors });
    expect([error.requestId, error.retryAfter]).toEqual(["req_1", null]);
    expect(asked).toHaveLength(1);
  });

  test.each([
    ["a proxy's page", { status: 404, headers: { "content-type": "text/html" }, body: "<h1>Nothing</h1>" }],
    ["an empty answer", { status: 418, body: "" }],
    ["other JSON", { status: 400, body: ["no", "problem"] }],
  ])("that is %s is told by its status", async (_, answer) => {
    answers = () => answer;
    expect(await refusal(client().me())).toMatchObject({ status: answer.status, code: "no_problem_document" });
  });
});

describe("a refusal in words", () => {
  const words = async (answer: Answer): Promise<string> => {
    answers = () => answer;
    return explain(await refusal(client({ retries: 0 }).me()));
  };
  const field = (path: string, message: string) => ({ path, code: "wrong", message });

  test.each<[string, Answer, string]>([
    [
      "names the field, what to do and the request",
      problem(409, "name_taken", { detail: "The name is taken.", errors: [field("name", "The name is taken.")] }),
      "The name is taken. Choose another name. (field name, request req_1)",
    ],
    [
      "tells what is wrong with each field",
      problem(400, "invalid_request", { errors: [field("email", "is required"), field("name", "Too long.")] }),
      "email is required; name: Too long. Correct the request and send it again. (request req_1)",
    ],
    [
      "gives the advice of its status where its code has none",
      problem(403, "forbidden"),
      "It is forbidden. Use a key or a user whose role allows it. (request req_1)",
    ],
    [
      "says when to try again",
      problem(429, "rate_limited", {}, { "retry-after": "90" }),
      "It is rate_limited. Try again in 90 s. (request req_1)",
    ],
    [
      "of a proxy says what is known",
      { status: 502, headers: { "content-type": "text/html" }, body: "<h1>Bad gateway</h1>" },
      "The server answered 502 Bad Gateway. Try again in a moment; if it goes on, tell whoever runs the service.",
    ],
  ])("%s", async (_, answer, text) => expect(await words(answer)).toBe(text));
});

describe("what fails for the moment", () => {
  test("is tried again with the same idempotency key until it succeeds", async () => {
    const failing: Answer[] = [null, problem(500, "internal"), { status: 502, body: "<h1>Bad gateway</h1>" }];
    answers = (_, nth) => (nth < 3 ? (failing[nth] ?? null) : { status: 201, body: { id: "cus_2" } });
    expect(await client().createCustomer({ body: newCustomer })).toEqual({ id: "cus_2" });
    const keys = asked.map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(asked.map(({ body }) => body)).size).toBe(1);
    await client().createCustomer({ body: newCustomer });
    expect(asked.at(-1)?.headers["idempotency-key"]).not.toBe(keys[0]);
  });

  test.each([
    ["seconds", () => "1"],
    ["a date", () => new Date(Date.now() + 2_000).toUTCString()],
  ])("waits as long as Retry-After says in %s", async (_, retryAfter) => {
    const came: number[] = [];
    answers = (_request, nth) => {
      came.push(Date.now());
      return nth === 0 ? problem(429, "rate_limited", {}, { "retry-after": retryAfter() }) : { status: 200 };
    };
    await client().me();
    expect((came[1] ?? 0) - (came[0] ?? 0)).toBeGreaterThan(900);
  });

  test("is an error once it has been tried often enough, or asks for too long a wait", async () => {
    answers = () => problem(503, "unavailable");
    expect((await refusal(client({ retries: 2 }).me())).status).toBe(503);
    expect(asked).toHaveLength(3);
    asked = [];
    answers = () => problem(429, "rate_limited", {}, { "retry-after": "300" });
    expect(await refusal(client().me())).toMatchObject({ code: "rate_limited", retryAfter: 300 });
    expect(asked).toHaveLength(1);
    asked = [];
    answers = () => null;
    await expect(client({ retries: 1 }).me()).rejects.toThrow("fetch failed");
    expect(asked).toHaveLength(2);
  });

  test("is not repeated where the server may have begun with a request that has no key", async () => {
    const login = { body: { username: "ann", password: "seven otters at noon" } };
    answers = () => problem(502, "internal");
    expect((await refusal(client().login(login))).status).toBe(502);
    expect(asked).toHaveLength(1);
    answers = (_, nth) => (nth === 1 ? problem(429, "rate_limited") : { status: 200 });
    await client().login(login);
    expect(asked).toHaveLength(3);
  });

  test("stops with the signal, also while it waits", async () => {
    answers = () => problem(503, "unavailable", {}, { "retry-after": "30" });
    const abort = new AbortController();
    const calling = client().me({ signal: abort.signal });
    setTimeout(() => abort.abort(new Error("no time")), 100);
    await expect(calling).rejects.toThrow("no time");
    expect(asked).toHaveLength(1);
  });
});

test("pages go through a list to its end, and no further than asked", async () => {
  answers = ({ url: path }) => {
    const cursor = Number(new URL(path, url).searchParams.get("cursor") ?? "0");
    const items = [1, 2].map((nth) => ({ id: `cus_${cursor * 2 + nth}` }));
    return { status: 200, body: { items, nextCursor: cursor < 2 ? String(cursor + 1) : null } };
  };
  const { listCustomers } = client();
  const ids: string[] = [];
  for await (const customer of pages(listCustomers, { query: { parentId: "cus_0", limit: 2 } })) {
    expectTypeOf(customer).toEqualTypeOf<Schemas["Customer"]>();
    ids.push(customer.id);
  }
  expect(ids).toEqual(["cus_1", "cus_2", "cus_3", "cus_4", "cus_5", "cus_6"]);
  expect(asked.map(({ url: path }) => path)).toEqual([
    "/v1/customers?parentId=cus_0&limit=2",
    "/v1/customers?parentId=cus_0&limit=2&cursor=1",
    "/v1/customers?parentId=cus_0&limit=2&cursor=2",
  ]);
  for await (const _ of pages(listCustomers)) break;
  expect(asked).toHaveLength(4);
});

test("parts go through a text to its end by the header Link, and keep the query", async () => {
  const link = (cursor: string) => ({ link: `</v1/customers/cus_1/export?limit=2&cursor=${cursor}>; rel="next"` });
  const text = { "content-type": "text/csv; charset=utf-8" };
  const said = [
    { headers: link("a%2Bb"), body: "\ufeffkind\r\n" },
    { headers: link("c"), body: "" },
    { headers: {}, body: "customer\r\n" },
  ];
  answers = (_, nth) => ({ status: 200, body: said[nth]?.body ?? "", headers: { ...text, ...said[nth]?.headers } });
  const seen: (string | null)[] = [];
  const input = {
    params: { id: "cus_1" },
    query: { limit: 2 },
    onHeaders: (one: Headers) => seen.push(one.get("link")),
  };
  const file: string[] = [];
  for await (const part of parts(client().exportBranch, input)) file.push(part);
  expect(file).toEqual(["kind\r\n", "", "customer\r\n"]);
  const path = "/v1/customers/cus_1/export?limit=2";
  expect(asked.map((request) => request.url)).toEqual([path, `${path}&cursor=a%2Bb`, `${path}&cursor=c`]);
  expect(seen).toEqual([link("a%2Bb").link, link("c").link, null]);
});

test("the counts of a branch are added up page by page", async () => {
  const counts = (nth: number) => ({
    customers: { total: nth, byLevel: { reseller: nth, site: 0 }, byState: { active: nth, inactive: 0, trial: 0 } },
    accounts: { total: 2 * nth, byState: { active: nth, trial: nth, suspended: 0, deleted: 0 } },
    devices: { total: 1, byState: { pending: 0, active: 1, suspended: 0, deleted: 0 } },
  });
  answers = (_, nth) => ({
    status: 200,
    body: {
      totals: { devices: nth, needAttention: 0 },
      counts: counts(nth + 1),
      nextCursor: nth < 2 ? `c${nth}` : null,
    },
  });
  const found = await countBranch(client(), { params: { id: "cus_1" }, query: { limit: 10 } });
  expect(found).toEqual({
    totals: { devices: 2, needAttention: 0 },
    counts: { ...counts(6), devices: { total: 3, byState: { pending: 0, active: 3, suspended: 0, deleted: 0 } } },
  });
  const path = "/v1/customers/cus_1/counts?limit=10";
  expect(asked.map((request) => request.url)).toEqual([path, `${path}&cursor=c0`, `${path}&cursor=c1`]);
});
