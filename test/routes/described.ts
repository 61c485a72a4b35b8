import { expect } from "vitest";
import { contentTypeOf, type Contract, errorsOf, pathOf, successesOf } from "../../shared/http/contract.ts";
import { Problem, problems } from "../../shared/http/problem.ts";
import { apiVersion } from "../../shared/http/stability.ts";
import type { Reply } from "../support/api.ts";

/** The body of a problem without what differs from request to request. */
export function apartFromRequest({ body }: Reply): unknown {
  const { requestId, ...rest } = body as { requestId: unknown };
  expect(requestId).toMatch(/^req_/);
  return rest;
}

/** Fails unless an answer is one that the contract declares: status, headers, media type and every field of its body. */
export function expectDescribed(contract: Contract, reply: Reply): void {
  const { status, headers, body } = reply;
  expect(headers["x-request-id"]).toMatch(/^req_[0-9A-Z]{26}$/);
  expect(headers["tenantry-version"]).toBe(apiVersion);
  if (status < 300 && contract.success.media !== undefined) {
    expect(successesOf(contract)).toContain(status);
    expect(headers["content-type"]).toBe(contentTypeOf(contract));
    expect(headers["cache-control"]).toMatch(/^(no-store|public, max-age=\d+)$/);
    expect(contract.success.body.parse(body)).toEqual(body);
    return;
  }
  expect(headers["cache-control"]).toBe("no-store");
  if (status < 300) {
    expect(successesOf(contract)).toContain(status);
    expect(headers["content-type"]).toBe("application/json");
    // Parsing drops what the schema does not know: nothing may be dropped, and nothing may be missing.
    expect(contract.success.body.parse(body)).toEqual(body);
    expect(headers["location"]).toBe(status === 201 && body.id ? `${pathOf(contract)}/${body.id}` : undefined);
    if (typeof body.version === "number") expect(headers["etag"]).toBe(`"${body.version}"`);
    return;
  }
  expect(headers["content-type"]).toBe("application/problem+json");
  expect(Problem.strict().parse(body)).toEqual(body);
  expect(errorsOf(contract), `${contract.route} declares ${body.code}`).toContain(body.code);
  const known = problems[body.code as keyof typeof problems];
  expect(body).toMatchObject({ type: `urn:tenantry:problem:${body.code}`, title: known.title, status });
  expect(known.status).toBe(status);
  expect(body.requestId).toBe(headers["x-request-id"]);
  expect(headers["www-authenticate"]).toBe(status === 401 ? 'Bearer realm="tenantry"' : undefined);
}
