import { beforeAll, expect, test } from "vitest";
import { startTestApi, type TestApi } from "../../support/api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
const anybody = { token: null };

test("the API's own address answers links, each of which exists", async () => {
  const { links } = await api.ok("index", {}, anybody);
  const { operations } = await import("../../../functions/routes.ts");
  const paths = operations.map(({ route }) => route).filter((route) => route.startsWith("GET "));
  for (const link of Object.values(links)) expect(paths).toContain(`GET ${String(link)}`);
});

test("the reference loads nothing from any other address, and its policy holds a browser to that", async () => {
  const { headers, body } = await api.call("docs", {}, anybody);
  const addresses = [...String(body).matchAll(/(?:src|href|data-url)="([^"]*)"/g)].map(([, address]) => address);
  expect(addresses).toEqual(["data:,", "/v1/openapi.json", "/v1/openapi.json", "/v1/docs/reference.js"]);
  expect(String(body)).not.toMatch(/https?:\/\//);
  expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self';");
  expect(headers["content-security-policy"]).toContain("connect-src 'self'");
});

test.each([
  ["gzip, deflate, br", true],
  ["br;q=1.0, GZIP;q=0.5", true],
  ["*", true],
  ["gzip;q=0", false],
  ["identity", false],
  ["", false],
])("the reference's script for a browser that accepts %o is gzipped: %s", async (accepted, gzipped) => {
  const { status, headers, body } = await api.call(
    "referenceScript",
    {},
    { ...anybody, headers: { "accept-encoding": accepted } },
  );
  expect(status).toBe(200);
  expect(headers["content-encoding"]).toBe(gzipped ? "gzip" : undefined);
  expect(headers).toMatchObject({ vary: "accept-encoding", "cache-control": "public, max-age=3600" });
  expect(body).toBe("// draws the reference\n");
});
