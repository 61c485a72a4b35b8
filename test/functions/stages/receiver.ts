import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";

/** A request as a receiver has read it. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
  /** When it came, by the clock of the handlers. */
  at: number;
}
/** What a receiver does with a request that it has read. Without an answer it hangs. */
export type Behaviour = (request: Received, answer: ServerResponse, call: IncomingMessage) => void;

/** A receiver of webhooks on this machine. */
export interface Receiver {
  url: string;
  port: number;
  /** All that it has read, whatever it has answered. */
  received: Received[];
  /** How often somebody has connected. */
  connections: () => number;
  behave: (behaviour: Behaviour) => void;
  reset: () => void;
}

export const answers =
  (status: number, headers: Record<string, string> = {}, text = "ok"): Behaviour =>
  (_request, answer) =>
    void answer.writeHead(status, headers).end(text);
/** Reads the request and closes the connection: the answer is lost. */
export const losesTheAnswer: Behaviour = (_request, _answer, call) => void call.socket.destroy();

/** Starts a receiver that answers 200. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let connections = 0;
  let behaviour = answers(200);
  const server = createServer((call, answer) => {
    const parts: Buffer[] = [];
    call.on("data", (part: Buffer) => parts.push(part));
    call.on("end", () => {
      const request = {
        path: call.url ?? "",
        headers: call.headers,
        text: Buffer.concat(parts).toString("utf8"),
        at: Date.now() + Number(process.env["TENANTRY_CLOCK_OFFSET_MS"] ?? 0),
      };
      received.push(request);
      behaviour(request, answer, call);
    });
  });
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  server.unref();
  const { port } = server.address() as AddressInfo;
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    received,
    connections: () => connections,
    behave: (next) => {
      behaviour = next;
    },
    reset() {
      received.length = 0;
      connections = 0;
      behaviour = answers(200);
    },
  };
}
