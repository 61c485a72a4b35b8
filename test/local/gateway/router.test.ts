import { expect, test } from "vitest";
import { createRouter } from "../../../local/gateway/router.ts";

const route = (method: string, path: string) => ({ method, path, functionId: `${method} ${path}`, timeoutMs: 1 });
const fallback = { method: "*", path: "$default", functionId: "fallback", timeoutMs: 1 };
// The least specific first, so that the order of the template decides nothing.
const find = createRouter(
  [
    route("GET", "/files/{rest+}"),
    route("*", "/things/{id}"),
    route("GET", "/things/{id}"),
    route("GET", "/things/{id}/log"),
    route("GET", "/{kind}/new/log"),
    route("GET", "/things/new"),
    route("POST", "/things"),
  ],
  fallback,
);

test.each([
  ["GET", "/things/new", "GET /things/new", {}],
  ["GET", "/things/7", "GET /things/{id}", { id: "7" }],
  ["DELETE", "/things/7", "ANY /things/{id}", { id: "7" }],
  ["GET", "/things/new/log", "GET /things/{id}/log", { id: "new" }],
  ["GET", "/things/a%2Fb", "GET /things/{id}", { id: "a/b" }],
  ["GET", "/files/a/b%20c", "GET /files/{rest+}", { rest: "a/b c" }],
  ["POST", "/things", "POST /things", {}],
])("%s %s goes to %s", (method, path, routeKey, pathParameters) => {
  expect(find(method, path)).toMatchObject({ routeKey, pathParameters });
});

test.each([
  ["GET", "/things"],
  ["POST", "/things/"],
  ["GET", "/things/"],
  ["HEAD", "/things/new/log"],
  ["OPTIONS", "/things"],
  ["GET", "/files/"],
  ["GET", "/"],
])("%s %s matches no route and goes to the fallback", (method, path) => {
  expect(find(method, path)).toEqual({ route: fallback, routeKey: "$default", pathParameters: {} });
});

test("a parameter that is no valid encoding is refused", () => {
  expect(() => find("GET", "/things/%E0%A4%A")).toThrow(URIError);
});

test("without a fallback nothing is found", () => {
  expect(createRouter([], undefined)("GET", "/")).toBeUndefined();
});
