import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { GatewayRequest } from "../../../local/gateway/http-event.ts";
import { startGateway } from "../../../local/gateway/gateway.ts";
import { createIndexPage } from "../../../local/run/index-page.ts";

const pageOf = createIndexPage({ version: "7.8.9", mailboxUrl: "http://127.0.0.1:4242", home: "/tmp/<it's> mine" });
const ask = (method: string, url: string, host = "127.0.0.1:8787") => {
  const request: GatewayRequest = {
    method,
    url,
    rawHeaders: ["Host", host],
    body: Buffer.alloc(0),
    sourceIp: "127.0.0.1",
    protocol: "HTTP/1.1",
  };
  return pageOf(request);
};
const textOf = (html: string): string =>
  html
    .replace(/<[^>]+>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

test("the page names what there is, with links that lead there", () => {
  const html = ask("GET", "/")?.body.toString() ?? "";
  const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, address]) => address);
  expect(links).toEqual([
    "/v1",
    "/v1/docs",
    "/v1/openapi.json",
    "http://127.0.0.1:4242",
    "/_local/mail",
    "/_local/webhooks",
    "/_local/mail/outage",
    "/_local/clock",
    "/_local/schedules",
  ]);
  const text = textOf(html);
  for (const named of ["7.8.9", "http://127.0.0.1:8787/v1", "/tmp/<it's> mine/logs", "/_local/jobs/{id}/invoke"])
    expect(text).toContain(named);
});

test("the first call can be copied as it stands, also where the folder's name needs quotes", () => {
  const html = ask("GET", "/?from=here", "localhost:80")?.body.toString() ?? "";
  expect(textOf(/<pre>(.*)<\/pre>/s.exec(html)?.[1] ?? "")).toBe(
    `curl -H "Authorization: Bearer $(cat '/tmp/<it'\\''s> mine/admin-key')" http://localhost:80/v1/me`,
  );
});

test("the page loads and runs nothing: its policy allows its own style alone", () => {
  const response = ask("GET", "/");
  const html = response?.body.toString() ?? "";
  const style = /<style>(.*)<\/style>/s.exec(html)?.[1] ?? "";
  const digest = createHash("sha256").update(style).digest("base64");
  const policy = response?.headers.find(([name]) => name === "content-security-policy")?.[1];
  expect(policy).toBe(
    `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  expect(html).not.toMatch(/<script|<img|<link|style=|\son\w+=/);
});

test("other addresses, methods and hosts are left to the API", () => {
  expect(ask("POST", "/")).toBeUndefined();
  expect(ask("GET", "/v1")).toBeUndefined();
  expect(ask("GET", "//")).toBeUndefined();
  expect(ask("GET", "/", "evil.example")).toBeUndefined();
});

test("the gateway serves it, without a body to HEAD, and answers other methods as ever", async () => {
  const gateway = await startGateway({
    assembly: { routes: [], fallback: undefined },
    runner: { invoke: () => Promise.reject(new Error("no function is asked")) },
    clock: { now: () => Date.now(), offset: () => 0, advance: () => undefined },
    control: () => Promise.reject(new Error("no control is asked")),
    page: pageOf,
    port: 0,
  });
  try {
    const got = await fetch(gateway.url);
    expect([got.status, got.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await got.text()).toContain("<h1>Tenantry</h1>");
    const head = await fetch(gateway.url, { method: "HEAD" });
    expect([head.status, Number(head.headers.get("content-length")) > 1000, await head.text()]).toEqual([
      200,
      true,
      "",
    ]);
    expect((await fetch(gateway.url, { method: "DELETE" })).status).toBe(404);
  } finally {
    await gateway.stop();
  }
});
