import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { availableParallelism } from "node:os";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { Assembly } from "../assembly/assembly.ts";
import { FunctionFailed, type FunctionRunner } from "../lambda/function-runner.ts";
import { type GatewayRequest, type GatewayResponse, gatewayMessage, toEvent, toResponse } from "./http-event.ts";
import type { LocalClock } from "../machine/local-clock.ts";
import { createRouter } from "./router.ts";
import { type AtOnce, createTurns } from "./turns.ts";

export interface Gateway {
  url: string;
  /** Refuses new connections and ends when the requests under way are answered, or after `graceMs`. */
  stop(graceMs?: number): Promise<void>;
}

export interface GatewayOptions {
  assembly: Pick<Assembly, "routes" | "fallback">;
  runner: Pick<FunctionRunner, "invoke">;
  clock: LocalClock;
  /** Answers what begins with `/_local/`. */
  control(request: GatewayRequest): Promise<GatewayResponse>;
  /** Answers what no deployed API has beside that; undefined: it is a request for the API. */
  page?(request: GatewayRequest): GatewayResponse | undefined;
  port: number;
  /** How many requests are with functions at once; the others wait for their turn. */
  atOnce?: AtOnce;
  /** Is told of every request that was handed to a function, after the answer. */
  onAnswered?(): void;
}

/** API Gateway's limits: payload, Lambda's event, all header lines together. */
const payloadLimitBytes = 10 * 1024 * 1024;
const eventLimitBytes = 6 * 1024 * 1024;
const headerLimitBytes = 10_240;

const tooLarge = gatewayMessage(413, "Request Entity Too Large");
/** Functions work one after the other on each processor; two are enough for a caller who asks for one thing at a time, and for its neighbours. */
const processors = Math.max(2, availableParallelism());
const unavailable = gatewayMessage(503, "Service Unavailable");

/** Who asks: the credential, or else the address. */
const callerOf = ({ headers, cookies, requestContext }: APIGatewayProxyEventV2): string =>
  headers["authorization"] ?? cookies?.join() ?? requestContext.http.sourceIp;

/**
 * Serves the template's routes as an API Gateway HTTP API does, on the loopback interface only.
 * @throws Error with code EADDRINUSE where the port is taken
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { runner, clock } = options;
  const route = createRouter(options.assembly.routes, options.assembly.fallback);
  const turns = createTurns(options.atOnce ?? { inAll: 2 * processors, ofOne: processors });

  const answer = async (request: GatewayRequest, requestId: string): Promise<GatewayResponse> => {
    if (request.url === "/_local" || request.url.startsWith("/_local/")) return options.control(request);
    const page = options.page?.(request);
    if (page) return page;
    const headerBytes = request.rawHeaders.reduce((sum, part) => sum + part.length + 2, 0);
    if (headerBytes > headerLimitBytes) return gatewayMessage(431, "Request Header Fields Too Large");
    let event;
    let match;
    try {
      match = route(request.method, request.url.split("?", 1)[0] ?? "");
      if (!match) return gatewayMessage(404, "Not Found");
      event = toEvent(request, match, requestId, clock.now());
    } catch (error) {
      if (error instanceof URIError) return gatewayMessage(400, "Bad Request");
      throw error;
    }
    if ((event.body?.length ?? 0) > eventLimitBytes) return tooLarge;
    const { functionId, timeoutMs } = match.route;
    // The gateway waits no longer than its integration's timeout; a function that fails or runs out of its own time is a 500.
    const late = new AbortController();
    const tooLate = once(late.signal, "abort").then(() => unavailable);
    const timer = setTimeout(() => late.abort(), timeoutMs);
    const endTurn = await turns.take(callerOf(event), late.signal);
    if (!endTurn) return unavailable;
    try {
      const invocation = runner.invoke(functionId, event, requestId).then(toResponse);
      invocation.catch(() => undefined);
      return await Promise.race([invocation, tooLate]);
    } catch (error) {
      if (error instanceof FunctionFailed) return gatewayMessage(500, "Internal Server Error");
      throw error;
    } finally {
      clearTimeout(timer);
      endTurn();
      options.onAnswered?.();
    }
  };

  let stopping = false;
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = randomUUID();
    const body = await readBody(request);
    let result: GatewayResponse;
    if (body === undefined) {
      result = tooLarge;
    } else {
      result = await answer(
        {
          method: request.method ?? "GET",
          url: request.url ?? "/",
          rawHeaders: request.rawHeaders,
          body,
          sourceIp: (request.socket.remoteAddress ?? "127.0.0.1").replace(/^::ffff:/, ""),
          protocol: `HTTP/${request.httpVersion}`,
        },
        requestId,
      );
    }
    for (const [name, value] of result.headers) response.appendHeader(name, value);
    response.setHeader("apigw-requestid", requestId);
    if (result.status !== 204 && result.status !== 304) response.setHeader("content-length", result.body.length);
    // Where the body was not read to its end, the connection cannot be used again.
    if (stopping || body === undefined) response.setHeader("connection", "close");
    response.writeHead(result.status).end(request.method === "HEAD" ? undefined : result.body);
  };

  const server = createServer({ maxHeaderSize: 32_768, keepAliveTimeout: 65_000 }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (request.destroyed && !request.complete) return; // the client went away
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "content-type": "application/json" }).end('{"message":"Internal Server Error"}');
    });
  });
  server.listen(options.port, "127.0.0.1");
  await once(server, "listening");

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop(graceMs = 10_000) {
      stopping = true;
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** The whole body; undefined where it is larger than the gateway takes. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > payloadLimitBytes) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > payloadLimitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
