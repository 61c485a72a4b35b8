import { once } from "node:events";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { randomUUID } from "node:crypto";

/**
 * How the mail service can be out of order: `down` refuses connections; `answer-lost` keeps the mail and cuts the connection; `throttled` and `rejected`
 * answer with SES's errors.
 */
export const outageModes = ["none", "down", "answer-lost", "throttled", "rejected"] as const;
export type OutageMode = (typeof outageModes)[number];

export interface MailOutage {
  current(): { mode: OutageMode; remaining: number | null };
  /**
   * Begins or ends an outage. It lasts until the next call, or for a number of requests, and never beyond the end of the process.
   * @param count requests that it is for; not for `down`, which sees none
   */
  set(mode: OutageMode, count?: number): Promise<void>;
}

const errors = {
  throttled: { code: "Throttling", message: "Maximum sending rate exceeded." },
  rejected: { code: "MessageRejected", message: "Email rejected by the local run, which was told to." },
} as const;

/** Puts itself before what a listening server does, so that requests of the SDK can meet with an outage. The web page is left alone. */
export function outagesOf(server: Server): MailOutage {
  const { port, address } = server.address() as AddressInfo;
  const serve = server.listeners("request") as RequestListener[];
  let mode: OutageMode = "none";
  let remaining: number | null = null;
  let changing: Promise<unknown> = Promise.resolve();

  /** The outage that a request meets with; the last of a number ends it. */
  const meet = (): OutageMode => {
    const met = mode;
    if (remaining !== null && (remaining -= 1) === 0) {
      mode = "none";
      remaining = null;
    }
    return met;
  };

  server.removeAllListeners("request");
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const met = isApiCall(request) ? meet() : "none";
    if (met === "throttled" || met === "rejected") return refuse(request, response, errors[met]);
    if (met === "answer-lost") {
      response.end = () => {
        request.socket.destroy();
        return response;
      };
    }
    for (const listener of serve) listener(request, response);
  });

  const change = async (to: OutageMode, count: number | null): Promise<void> => {
    if (to === "down" && server.listening) {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    } else if (to !== "down" && !server.listening) {
      const listening = once(server, "listening");
      server.listen(port, address);
      await listening;
    }
    mode = to;
    remaining = count;
  };
  return {
    current: () => ({ mode, remaining }),
    set(to, count) {
      const changed = changing.then(() => change(to, count ?? null));
      changing = changed.catch(() => undefined);
      return changed;
    },
  };
}

const isApiCall = ({ method, headers }: IncomingMessage): boolean =>
  method === "POST" && headers.authorization?.startsWith("AWS") === true;

function refuse(request: IncomingMessage, response: ServerResponse, error: { code: string; message: string }): void {
  request.resume().once("end", () => {
    response
      .writeHead(400, { "content-type": "text/xml" })
      .end(
        '<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>Sender</Type>' +
          `<Code>${error.code}</Code><Message>${error.message}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
      );
  });
}
