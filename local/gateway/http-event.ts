import type { APIGatewayProxyEventV2, APIGatewayProxyResultV2 } from "aws-lambda";
import type { RouteMatch } from "./router.ts";

export interface GatewayRequest {
  method: string;
  /** Path and query as they came. */
  url: string;
  /** Names and values in turn, as they came. */
  rawHeaders: readonly string[];
  body: Buffer;
  sourceIp: string;
  protocol: string;
}

/** What API Gateway hands on as text. All else, forms included, goes as base64. */
const textual = /^(?:text\/|application\/(?:json|xml|javascript)\b|[^;]+\+(?:json|xml)\b)/i;

/**
 * The event of payload format 2.0 for a request, as API Gateway makes it: the path is decoded, headers are lower-case and joined,
 * cookies stand apart, repeated query parameters are joined by commas.
 * @param nowMs the moment of the request
 * @throws URIError where the path is not valid percent-encoding
 */
export function toEvent(
  request: GatewayRequest,
  match: Pick<RouteMatch, "routeKey" | "pathParameters">,
  requestId: string,
  nowMs: number,
): APIGatewayProxyEventV2 {
  const queryStart = request.url.indexOf("?");
  const rawPath = decodeURIComponent(queryStart < 0 ? request.url : request.url.slice(0, queryStart));
  const rawQueryString = queryStart < 0 ? "" : request.url.slice(queryStart + 1);
  const { headers, cookies } = readHeaders(request.rawHeaders);
  const query = readQuery(rawQueryString);
  const { body, isBase64Encoded } = encodeBody(request.body, headers["content-type"], headers["content-encoding"]);
  const domainName = headers.host ?? "localhost";
  return {
    version: "2.0",
    routeKey: match.routeKey,
    rawPath,
    rawQueryString,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(query && { queryStringParameters: query }),
    requestContext: {
      accountId: "000000000000",
      apiId: "local",
      domainName,
      domainPrefix: domainName.split(/[.:]/, 1)[0] ?? "",
      http: {
        method: request.method,
        path: rawPath,
        protocol: request.protocol,
        sourceIp: request.sourceIp,
        userAgent: headers["user-agent"] ?? "",
      },
      requestId,
      routeKey: match.routeKey,
      stage: "$default",
      time: gatewayTime(nowMs),
      timeEpoch: nowMs,
    },
    ...(body !== undefined && { body }),
    ...(Object.keys(match.pathParameters).length > 0 && { pathParameters: match.pathParameters }),
    isBase64Encoded,
  };
}

function readHeaders(raw: readonly string[]): { headers: Record<string, string>; cookies: string[] } {
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? "").toLowerCase();
    const value = raw[index + 1] ?? "";
    if (name === "cookie") cookies.push(...value.split(/;\s*/).filter((cookie) => cookie !== ""));
    else headers[name] = Object.hasOwn(headers, name) ? `${headers[name]},${value}` : value;
  }
  return { headers, cookies };
}

function readQuery(raw: string): Record<string, string> | undefined {
  // A map without a prototype: a parameter may be called __proto__.
  const query = Object.assign(Object.create(null) as Record<string, string>, {});
  for (const [name, value] of new URLSearchParams(raw)) {
    query[name] = name in query ? `${query[name]},${value}` : value;
  }
  return Object.keys(query).length > 0 ? query : undefined;
}

function encodeBody(
  body: Buffer,
  contentType = "",
  contentEncoding = "identity",
): { body: string | undefined; isBase64Encoded: boolean } {
  if (body.length === 0) return { body: undefined, isBase64Encoded: false };
  if (textual.test(contentType.trim()) && contentEncoding === "identity") {
    const text = body.toString("utf8");
    // Bytes that are no UTF-8 would not survive as text; the function must see what was sent.
    if (Buffer.from(text, "utf8").equals(body)) return { body: text, isBase64Encoded: false };
  }
  return { body: body.toString("base64"), isBase64Encoded: true };
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `12/Mar/2020:19:03:58 +0000` */
function gatewayTime(nowMs: number): string {
  const date = new Date(nowMs);
  const iso = date.toISOString();
  return `${iso.slice(8, 10)}/${months[date.getUTCMonth()]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}

export interface GatewayResponse {
  status: number;
  headers: [name: string, value: string][];
  body: Buffer;
}

/** Headers that belong to the connection; the gateway writes its own. */
const ofConnection = new Set(["connection", "content-length", "keep-alive", "transfer-encoding", "upgrade", "date"]);

/** An answer of the gateway itself. */
export const gatewayMessage = (status: number, message: string): GatewayResponse => ({
  status,
  headers: [["content-type", "application/json"]],
  body: Buffer.from(JSON.stringify({ message })),
});

/**
 * The response for what a function returned, in payload format 2.0: with a `statusCode` as it says, without one the value itself as JSON.
 * What is no valid response becomes a 500, as API Gateway answers.
 */
export function toResponse(result: unknown): GatewayResponse {
  if (typeof result !== "object" || result === null || !("statusCode" in result)) {
    if (result === undefined || result === null) return gatewayMessage(500, "Internal Server Error");
    const body = typeof result === "string" ? result : JSON.stringify(result);
    return { status: 200, headers: [["content-type", "application/json"]], body: Buffer.from(body) };
  }
  const {
    statusCode,
    headers = {},
    cookies = [],
    body = "",
    isBase64Encoded = false,
  } = result as Exclude<APIGatewayProxyResultV2, string>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599 || typeof body !== "string") {
    return gatewayMessage(500, "Internal Server Error");
  }
  const named = Object.entries(headers)
    .filter(([name]) => !ofConnection.has(name.toLowerCase()))
    .map(([name, value]): [string, string] => [name.toLowerCase(), String(value)]);
  if (body !== "" && !named.some(([name]) => name === "content-type")) {
    named.push(["content-type", "text/plain;charset=UTF-8"]);
  }
  return {
    status,
    headers: [...named, ...cookies.map((cookie): [string, string] => ["set-cookie", cookie])],
    body: Buffer.from(body, isBase64Encoded ? "base64" : "utf8"),
  };
}
