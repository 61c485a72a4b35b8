import { describe, expect, test } from "vitest";
import { type GatewayRequest, toEvent, toResponse } from "../../../local/gateway/http-event.ts";

const noMatch = { routeKey: "$default", pathParameters: {} };
const eventOf = (request: Partial<GatewayRequest>, match = noMatch) =>
  toEvent(
    {
      method: "GET",
      url: "/",
      rawHeaders: [],
      body: Buffer.alloc(0),
      sourceIp: "127.0.0.1",
      protocol: "HTTP/1.1",
      ...request,
    },
    match,
    "req-1",
    Date.UTC(2026, 1, 3, 4, 5, 6),
  );
const withBody = (body: string | Buffer, ...rawHeaders: string[]) => {
  const event = eventOf({ method: "POST", body: Buffer.from(body as string), rawHeaders });
  return { body: event.body, isBase64Encoded: event.isBase64Encoded };
};

describe("the event of a request", () => {
  test("has the decoded path, the query as it came, and its parameters decoded", () => {
    expect(eventOf({ url: "/a%20b/%C3%BC?x=1%2B1&y=a+b&x=2&empty=" })).toMatchObject({
      rawPath: "/a b/ü",
      rawQueryString: "x=1%2B1&y=a+b&x=2&empty=",
      queryStringParameters: { x: "1+1,2", y: "a b", empty: "" },
    });
  });

  test("has no field for what the request does not have", () => {
    const event = eventOf({});
    for (const field of ["queryStringParameters", "pathParameters", "body", "cookies"])
      expect(event).not.toHaveProperty(field);
    expect(event.isBase64Encoded).toBe(false);
    expect(event.rawQueryString).toBe("");
  });

  test("takes a parameter called __proto__ for what it is", () => {
    expect(Object.entries(eventOf({ url: "/?__proto__=1" }).queryStringParameters ?? {})).toEqual([["__proto__", "1"]]);
  });

  test("joins repeated headers in lower case, and keeps cookies apart", () => {
    const event = eventOf({
      rawHeaders: ["X-A", "1", "x-a", "2", "Cookie", "a=1; b=2", "User-Agent", "curl", "Host", "api.test:8787"],
    });
    expect(event.headers).toEqual({ "x-a": "1,2", "user-agent": "curl", host: "api.test:8787" });
    expect(event.cookies).toEqual(["a=1", "b=2"]);
    expect(event.requestContext).toMatchObject({
      domainName: "api.test:8787",
      domainPrefix: "api",
      http: { method: "GET", path: "/", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "curl" },
      requestId: "req-1",
      stage: "$default",
      time: "03/Feb/2026:04:05:06 +0000",
      timeEpoch: Date.UTC(2026, 1, 3, 4, 5, 6),
    });
  });

  test("carries the route's key and parameters", () => {
    const event = eventOf({}, { routeKey: "GET /things/{id}", pathParameters: { id: "a/b" } });
    expect(event).toMatchObject({ routeKey: "GET /things/{id}", pathParameters: { id: "a/b" }, version: "2.0" });
    expect(event.requestContext.routeKey).toBe("GET /things/{id}");
  });

  test.each([
    "application/json",
    "Application/JSON; charset=utf-8",
    "text/csv",
    "application/merge-patch+json",
    "image/svg+xml",
  ])("hands a body of %s on as text", (type) =>
    expect(withBody('{"ä":1}', "Content-Type", type)).toEqual({ body: '{"ä":1}', isBase64Encoded: false }),
  );

  test.each(["application/x-www-form-urlencoded", "application/octet-stream", "application/jsonlines", "image/png"])(
    "hands a body of %s on as base64",
    (type) => expect(withBody("a=1", "content-type", type)).toEqual({ body: "YT0x", isBase64Encoded: true }),
  );

  test("hands JSON on as base64 where it is compressed or no UTF-8, so that no byte is lost", () => {
    const invalid = Buffer.from([0x22, 0xff, 0x22]);
    expect(withBody(invalid, "content-type", "application/json")).toEqual({
      body: invalid.toString("base64"),
      isBase64Encoded: true,
    });
    expect(withBody("{}", "content-type", "application/json", "content-encoding", "gzip").isBase64Encoded).toBe(true);
  });

  test("keeps a byte order mark", () => {
    expect(withBody("\ufeff{}", "content-type", "application/json").body).toBe("\ufeff{}");
  });

  test("refuses a path that is no valid encoding", () => {
    expect(() => eventOf({ url: "/%zz" })).toThrow(URIError);
  });
});

describe("the response for a result", () => {
  test("has its status, headers in lower case, a line for each cookie, and its body", () => {
    const result = {
      statusCode: 201,
      headers: { "X-A": 1, "Content-Type": "text/csv", Connection: "close" },
      cookies: ["a=1", "b=2"],
      body: "ü",
    };
    expect(toResponse(result)).toEqual({
      status: 201,
      headers: [
        ["x-a", "1"],
        ["content-type", "text/csv"],
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
      ],
      body: Buffer.from("ü"),
    });
  });

  test("decodes a base64 body", () => {
    expect(toResponse({ statusCode: 200, body: "/wA=", isBase64Encoded: true }).body).toEqual(Buffer.from([255, 0]));
  });

  test("is text without a content type, and JSON without a status", () => {
    expect(toResponse({ statusCode: 200, body: "x" }).headers).toEqual([["content-type", "text/plain;charset=UTF-8"]]);
    expect(toResponse({ a: 1 })).toMatchObject({ status: 200, body: Buffer.from('{"a":1}') });
  });

  test.each([[{ statusCode: "abc" }], [{ statusCode: 99 }], [{ statusCode: 200, body: { a: 1 } }], [null]])(
    "is a 500 for the malformed result %j",
    (result) =>
      expect(toResponse(result)).toMatchObject({
        status: 500,
        body: Buffer.from('{"message":"Internal Server Error"}'),
      }),
  );
});
