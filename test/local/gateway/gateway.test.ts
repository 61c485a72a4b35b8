import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createControl } from "../../../local/run/control.ts";
import { FunctionFailed } from "../../../local/lambda/function-runner.ts";
import { type Gateway, startGateway } from "../../../local/gateway/gateway.ts";
import type { AtOnce } from "../../../local/gateway/turns.ts";
import { gatewayMessage } from "../../../local/gateway/http-event.ts";
import type { LocalClock } from "../../../local/machine/local-clock.ts";
import type { MailOutage } from "../../../local/emulators/mail-outage.ts";
import type { Schedules } from "../../../local/lambda/schedules.ts";

const clock: LocalClock = {
  now: () => 0,
  offset: () => 0,
  advance: (duration) => (duration === "PT1H" ? 3_600_000 : undefined),
};
const open: Gateway[] = [];
afterEach(() => Promise.all(open.splice(0).map((gateway) => gateway.stop(0))));

async function serve(
  invoke: (id: string, event: { body?: string; isBase64Encoded: boolean }) => Promise<unknown>,
  control: Parameters<typeof startGateway>[0]["control"] = async () => gatewayMessage(418, "control"),
  { timeoutMs = 100, ...more }: { atOnce?: AtOnce; timeoutMs?: number } = {},
): Promise<Gateway> {
  const gateway = await startGateway({
    assembly: {
      routes: [{ method: "POST", path: "/things/{id}", functionId: "postThing", timeoutMs }],
      fallback: { method: "*", path: "$default", functionId: "fallback", timeoutMs },
    },
    runner: { invoke: (id, event) => invoke(id, event as never) },
    clock,
    control,
    port: 0,
    ...more,
  });
  open.push(gateway);
  return gateway;
}
const answered = async (response: Response) => ({ status: response.status, body: await response.text() });

describe("the gateway", () => {
  test("lets callers take turns, one request of each", async () => {
    const begun: string[] = [];
    const finish: (() => void)[] = [];
    const invoke = async (_id: string, { body = "" }: { body?: string }) => {
      begun.push(body);
      await new Promise<void>((resolve) => void finish.push(resolve));
      return { statusCode: 200, body };
    };
    const { url } = await serve(invoke, undefined, { atOnce: { inAll: 1, ofOne: 1 }, timeoutMs: 10_000 });
    const answers: Promise<Response>[] = [];
    const ask = async (caller: string, body: string): Promise<void> => {
      const headers = { authorization: caller, "content-type": "text/plain" };
      answers.push(fetch(`${url}/things/1`, { method: "POST", headers, body }));
      await sleep(50);
    };
    for (const [caller, body] of [
      ["loud", "loud 1"],
      ["loud", "loud 2"],
      ["loud", "loud 3"],
      ["quiet", "quiet 1"],
    ] as const)
      await ask(caller, body);
    for (let nth = 1; nth <= answers.length; nth += 1) {
      await vi.waitFor(() => expect(begun).toHaveLength(nth));
      finish.shift()?.();
    }
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(begun).toEqual(["loud 1", "quiet 1", "loud 2", "loud 3"]);
  });

  test("takes the turn of a function that hangs for others", async () => {
    let calls = 0;
    const invoke = () => ((calls += 1) === 1 ? new Promise(() => undefined) : Promise.resolve({ statusCode: 200 }));
    const { url } = await serve(invoke, undefined, { atOnce: { inAll: 1, ofOne: 1 } });
    expect((await fetch(url)).status).toBe(503);
    expect((await fetch(url)).status).toBe(200);
  });

  test("hands a request to its route's function and answers with its result", async () => {
    const { url } = await serve(async (id, event) => ({
      statusCode: 201,
      headers: { "content-type": "application/json", "x-id": id },
      cookies: ["a=1", "b=2"],
      body: JSON.stringify(event),
    }));
    const response = await fetch(`${url}/things/a%20b?x=1&x=2`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"ü":1}',
    });
    expect(response.status).toBe(201);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(response.headers.get("x-id")).toBe("postThing");
    expect(response.headers.get("apigw-requestid")).toBeTruthy();
    expect(await response.json()).toMatchObject({
      body: '{"ü":1}',
      pathParameters: { id: "a b" },
      queryStringParameters: { x: "1,2" },
      requestContext: { http: { sourceIp: "127.0.0.1" }, timeEpoch: 0 },
    });
  });

  test("sends HEAD, OPTIONS and unknown paths to the fallback, and HEAD gets no body", async () => {
    const { url } = await serve(async (id) => ({ statusCode: 404, body: id }));
    for (const method of ["OPTIONS", "GET"]) {
      expect(await answered(await fetch(`${url}/things/1`, { method }))).toEqual({ status: 404, body: "fallback" });
    }
    const head = await fetch(`${url}/things/1`, { method: "HEAD" });
    expect(await answered(head)).toEqual({ status: 404, body: "" });
    expect(head.headers.get("content-length")).toBe("8");
  });

  test("answers 500 where a function fails, and 503 where it takes longer than the integration waits", async () => {
    const failing = await serve(() => Promise.reject(new FunctionFailed("postThing", new Error("secret"))));
    expect(await answered(await fetch(failing.url))).toEqual({
      status: 500,
      body: '{"message":"Internal Server Error"}',
    });
    const hanging = await serve(() => new Promise(() => undefined));
    expect(await answered(await fetch(hanging.url))).toEqual({
      status: 503,
      body: '{"message":"Service Unavailable"}',
    });
  });

  test("refuses a body over 10 MB, announced or not, and an event that Lambda would not take", async () => {
    let invoked = 0;
    const { url } = await serve(async () => ({ statusCode: 200, invoked: ++invoked }));
    const status = (bytes: number, chunked: boolean) =>
      new Promise<number | undefined>((resolve, reject) => {
        const sent = request(`${url}/things/1`, {
          method: "POST",
          headers: chunked ? {} : { "content-length": bytes },
        });
        sent.on("response", (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        sent.on("error", reject);
        sent.end(Buffer.alloc(bytes, "a"));
      });
    expect(await status(10 * 1024 * 1024 + 1, false)).toBe(413);
    expect(await status(10 * 1024 * 1024 + 1, true)).toBe(413);
    expect(await status(5 * 1024 * 1024, false)).toBe(413); // as base64 it is over 6 MB
    expect(invoked).toBe(0);
    expect(await status(4 * 1024 * 1024, false)).toBe(200);
  });

  test("refuses headers over 10 kB and paths that are no valid encoding", async () => {
    const { url } = await serve(async () => ({ statusCode: 200 }));
    expect((await fetch(url, { headers: { "x-long": "a".repeat(10_240) } })).status).toBe(431);
    expect((await fetch(`${url}/%E0%A4%A`)).status).toBe(400);
  });

  test("finishes the requests under way when it stops", async () => {
    let began: () => void;
    const atWork = new Promise<void>((resolve) => (began = resolve));
    const gateway = await serve(async () => {
      began();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { statusCode: 200, body: "done" };
    });
    const response = fetch(gateway.url);
    await atWork;
    await gateway.stop();
    open.pop();
    expect(await answered(await response)).toEqual({ status: 200, body: "done" });
    await expect(fetch(gateway.url)).rejects.toThrow();
  });
});

describe("the local control", () => {
  const ran: string[] = [];
  const schedules: Schedules = {
    list: () => [{ name: "sweep", expression: "rate(1 hour)", enabled: true, lastRunAt: null, nextRunAt: null }],
    run: (name) =>
      name === "sweep"
        ? Promise.resolve({ name, startedAt: "", finishedAt: "", succeeded: true, result: { done: 1 } })
        : name === "bad"
          ? Promise.resolve({ name, startedAt: "", finishedAt: "", succeeded: false, error: "broken" })
          : undefined,
    runDue: async () => (ran.push("due"), []),
    stop: async () => undefined,
  };
  const mail = [
    {
      messageId: "1",
      from: "b@example.com",
      replyTo: [],
      to: "a@example.com",
      subject: "s",
      text: "t",
      html: null,
      sentAt: "2026-01-01T00:00:00.000Z",
      configurationSet: null,
      tags: {},
    },
  ];
  let broken: ReturnType<MailOutage["current"]> = { mode: "none", remaining: null };
  const outage: MailOutage = {
    current: () => broken,
    set: async (mode, count) => void (broken = { mode, remaining: count ?? null }),
  };
  let loopback = false;
  const control = createControl({
    clock,
    schedules,
    mail: () => mail,
    outage,
    loopback: {
      allowed: () => loopback,
      allow: (allowed) => {
        loopback = allowed;
      },
    },
    settle: async () => void ran.push("settled"),
    jobs: ["recount"],
    invoke: async (id, payload) => {
      if (JSON.stringify(payload).includes("bad")) throw new Error("no such branch");
      return { id, payload };
    },
  });
  const ask = async (method: string, path: string, body?: string, headers: Record<string, string> = {}) => {
    const { url } = await serve(() => Promise.reject(new Error("not for functions")), control);
    const response = await fetch(url + path, { method, headers, ...(body !== undefined && { body }) });
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      body: (await response.json()) as object,
    };
  };

  test("advances the clock, runs what is due, and lets the stream's consumers catch up before it answers", async () => {
    expect(await ask("POST", "/_local/clock", '{"advance":"PT1H"}')).toMatchObject({ status: 200, body: { ran: [] } });
    expect(ran).toEqual(["due", "settled"]);
  });

  test("lets webhooks call this machine only once it is told to", async () => {
    expect((await ask("GET", "/_local/webhooks")).body).toEqual({ loopback: false });
    expect((await ask("POST", "/_local/webhooks", '{"loopback":"yes"}')).status).toBe(400);
    expect((await ask("POST", "/_local/webhooks", '{"loopback":true}')).body).toEqual({ loopback: true });
    expect((await ask("GET", "/_local/webhooks")).body).toEqual({ loopback: true });
  });

  test("shows the clock, the schedules and the mail", async () => {
    expect((await ask("GET", "/_local/clock")).body).toEqual({ now: "1970-01-01T00:00:00.000Z", offsetMs: 0 });
    expect((await ask("GET", "/_local/schedules")).body).toMatchObject({ items: [{ name: "sweep" }] });
    expect((await ask("GET", "/_local/mail")).body).toEqual({ items: mail });
    expect((await ask("POST", "/_local/schedules/sweep/run")).body).toMatchObject({ result: { done: 1 } });
  });

  test("invokes what an operator would by hand, with what was committed before taken in", async () => {
    ran.length = 0;
    const answer = await ask("POST", "/_local/jobs/recount/invoke", '{"repair":true}');
    expect(answer).toMatchObject({ status: 200, body: { id: "recount", payload: { repair: true } } });
    expect(ran).toEqual(["settled"]);
    expect((await ask("POST", "/_local/jobs/recount/invoke")).body).toEqual({ id: "recount", payload: {} });
  });

  test("puts mail out of order and in order again", async () => {
    const throttled = { mode: "throttled", remaining: 2 };
    expect((await ask("POST", "/_local/mail/outage", '{"mode":"throttled","count":2}')).body).toEqual(throttled);
    expect((await ask("GET", "/_local/mail/outage")).body).toEqual(throttled);
    expect((await ask("POST", "/_local/mail/outage", '{"mode":"none"}')).body).toEqual({
      mode: "none",
      remaining: null,
    });
  });

  test.each([
    ["POST", "/_local/mail/outage", '{"mode":"down","count":1}', 400, "invalid_request"],
    ["POST", "/_local/mail/outage", '{"mode":"throttled","count":0}', 400, "invalid_request"],
    ["POST", "/_local/mail/outage", '{"mode":"asleep"}', 400, "invalid_request"],
    ["POST", "/_local/mail/outage", "{", 400, "malformed_json"],
    ["DELETE", "/_local/mail/outage", undefined, 405, "method_not_allowed"],
    ["POST", "/_local/clock", '{"advance":"-PT1H"}', 400, "invalid_request"],
    ["POST", "/_local/clock", '{"advance":"PT1H","x":1}', 400, "invalid_request"],
    ["POST", "/_local/clock", "{", 400, "malformed_json"],
    ["POST", "/_local/clock", undefined, 400, "malformed_json"],
    ["POST", "/_local/jobs/other/invoke", "{}", 404, "not_found"],
    ["POST", "/_local/jobs/recount/invoke", "[]", 400, "invalid_request"],
    ["POST", "/_local/jobs/recount/invoke", '{"customerId":"bad"}', 500, "job_failed"],
    ["GET", "/_local/jobs/recount/invoke", undefined, 405, "method_not_allowed"],
    ["POST", "/_local/schedules/other/run", undefined, 404, "not_found"],
    ["POST", "/_local/schedules/bad/run", undefined, 500, "schedule_failed"],
    ["GET", "/_local/schedules/sweep/run", undefined, 405, "method_not_allowed"],
    ["DELETE", "/_local/mail", undefined, 405, "method_not_allowed"],
    ["GET", "/_local/nothing", undefined, 404, "not_found"],
    ["GET", "/_local", undefined, 404, "not_found"],
  ])("answers %s %s %s with a problem document, %i %s", async (method, path, body, status, code) => {
    const answer = await ask(method, path, body);
    expect(answer).toMatchObject({ status, type: "application/problem+json", body: { status, code } });
  });

  test("refuses another site's page", async () => {
    expect((await ask("GET", "/_local/mail", undefined, { origin: "https://evil.example" })).status).toBe(403);
    expect((await ask("GET", "/_local/mail", undefined, { origin: "http://localhost:5173" })).status).toBe(200);
  });

  test("refuses a name that was bent to this machine", async () => {
    const { url } = await serve(() => Promise.reject(new Error("no")), control);
    const status = await new Promise((resolve, reject) => {
      const sent = request(`${url}/_local/mail`, { headers: { host: "evil.example:80" } });
      sent.on("response", (response) => resolve(response.resume().statusCode)).on("error", reject);
      sent.end();
    });
    expect(status).toBe(403);
  });
});
