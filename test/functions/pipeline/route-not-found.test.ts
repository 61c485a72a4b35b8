import { beforeAll, expect, test } from "vitest";
import { operations } from "../../../functions/routes.ts";
import { pathOf } from "../../../shared/http/contract.ts";
import { Problem } from "../../../shared/http/problem.ts";
import { startTestApi, type TestApi } from "../../support/api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
const send = async (method: string, path: string) => {
  const answer = (await api.invoke("functions/meta/route-not-found.ts", {
    version: "2.0",
    rawPath: path,
    rawQueryString: "",
    headers: {},
    requestContext: { requestId: "gateway", http: { method, path, sourceIp: "127.0.0.1", userAgent: "test" } },
    isBase64Encoded: false,
  })) as { statusCode: number; headers: Record<string, string>; body: string };
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(answer.headers["x-request-id"]).toMatch(/^req_/);
  return { ...answer, problem: Problem.strict().parse(JSON.parse(answer.body)) };
};

test.each([...new Set(operations.map(pathOf))])(
  "%s answers 405 to a method that it does not have, and says which it has",
  async (path) => {
    const methods = operations.filter((contract) => pathOf(contract) === path).map(({ route }) => route.split(" ")[0]);
    for (const method of ["PURGE", "HEAD", "GET", "POST", "PUT", "PATCH", "DELETE"].filter(
      (one) => !methods.includes(one),
    )) {
      const { statusCode, problem, headers } = await send(method, path.replaceAll(/\{[^}]+\}/g, "cus_1"));
      expect([method, statusCode, problem.code]).toEqual([method, 405, "method_not_allowed"]);
      expect(headers["allow"]).toBe([...methods].sort().join(", "));
    }
  },
);

test("a path that is none answers 404", async () => {
  for (const path of [
    "/",
    "/v2",
    "/v1/",
    "/v1/customer",
    "/v1/customers/",
    "/v1/customers/a/b",
    "/v2/customers",
    "/v1/openapiXjson",
  ]) {
    const { statusCode, problem, headers } = await send("GET", path);
    expect([path, statusCode, problem.code]).toEqual([path, 404, "not_found"]);
    expect(headers["allow"]).toBeUndefined();
  }
});
