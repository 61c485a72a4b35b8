import { request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import standardWebhooks from "standardwebhooks";
import { answerKept, type Attempt } from "../domain/events/delivery.ts";
import { DomainError } from "../domain/terms/errors.ts";
import { type Target, targetOf } from "./webhook-target.ts";

// A CommonJS package has no named exports where functions of one process share it.
const { Webhook } = standardWebhooks;

/** How long one attempt may take: from the first look at the name to the status of the answer. */
const attemptMs = 10_000;
/** How long the text of an answer may take that has a status already. */
const answerMs = 2_000;
/** What a receiver may ask for by `Retry-After`, at most. */
const retryAfterMostMs = 3_600_000;

/** A call of a webhook. */
export interface Call {
  url: string;
  /** Of the delivery: the same at each attempt. */
  id: string;
  body: string;
  /** `whsec_…`, each of which signs. */
  secrets: readonly string[];
  /** Milliseconds since the epoch. */
  now: number;
}
/** What came of a call. */
export interface CallOutcome {
  attempt: Attempt;
  answer: string | null;
  /** How long the receiver asks to be left alone, in milliseconds. */
  restMs: number;
  /** The receiver says that there is nobody any more. */
  gone: boolean;
}

/** The headers of a call, by the rules of Standard Webhooks: a signature by each secret, the present one first. */
export const signed = ({ id, body, secrets, now }: Call): Record<string, string> => {
  const at = new Date(now);
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now / 1000)),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(" "),
  };
};

/** Answers a look-up with the addresses that were checked and no others: the name is not resolved a second time. */
const pinned =
  (addresses: readonly string[]): LookupFunction =>
  (_name, { all }, callback) => {
    const found = addresses.map((address) => ({ address, family: isIP(address) }));
    const [first] = found;
    if (all) callback(null, found);
    else callback(null, first?.address ?? "", first?.family ?? 0);
  };

interface Said {
  status: number;
  retryAfter: string | undefined;
  text: string;
}

/** Posts a body to a target that was checked. It follows no redirect, and reads no more of the answer than is kept. */
export const post = (
  { url, addresses }: Target,
  body: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Said> =>
  new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? overHttps : overHttp;
    const call = send(url, {
      method: "POST",
      // A connection of its own, which ends with the call.
      agent: false,
      lookup: pinned(addresses),
      signal,
      headers: {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        "user-agent": "Tenantry-Webhooks/1",
        "accept-encoding": "identity",
        ...headers,
      },
    });
    call.on("error", reject);
    call.on("response", (answer) => {
      const parts: Buffer[] = [];
      let length = 0;
      const end = (): void => {
        clearTimeout(timer);
        resolve({
          status: answer.statusCode ?? 0,
          retryAfter: answer.headers["retry-after"],
          text: Buffer.concat(parts).toString("utf8").slice(0, answerKept),
        });
        call.destroy();
      };
      // The status is what counts: an answer that does not end is cut off.
      const timer = setTimeout(end, answerMs);
      answer.on("data", (part: Buffer) => {
        parts.push(part);
        length += part.length;
        if (length >= 4 * answerKept) end();
      });
      answer.on("end", end);
      answer.on("error", end);
    });
    call.end(body);
  });

const problemOf = (status: number): string | null => {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400
    ? `The receiver answered ${status}; redirects are not followed.`
    : `The receiver answered ${status}.`;
};

/** Why there was no answer, in words that tell nothing of this side's network. */
function failureOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return `The receiver did not answer within ${attemptMs / 1000} seconds.`;
  if (error instanceof DomainError) return error.message;
  const { code = "unknown" } = error as { code?: string };
  return `The receiver cannot be reached (${code}).`;
}

const restOf = (status: number, retryAfter: string | undefined): number => {
  const seconds = status === 429 || status === 503 ? Number(retryAfter) : 0;
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(retryAfterMostMs, seconds * 1000) : 0;
};

/**
 * Calls a webhook once. The address is checked, and connected to, anew each time. Never throws: every way that it can go has an outcome.
 * @param find resolves and checks the address
 */
export async function callWebhook(call: Call, find: (url: string) => Promise<Target> = targetOf): Promise<CallOutcome> {
  const started = performance.now();
  const signal = AbortSignal.timeout(attemptMs);
  const attempt = (status: number | null, problem: string | null): Attempt => ({
    at: new Date(call.now).toISOString(),
    status,
    problem,
    durationMs: Math.round(performance.now() - started),
  });
  try {
    const target = await find(call.url);
    const { status, retryAfter, text } = await post(target, call.body, signed(call), signal);
    return {
      attempt: attempt(status, problemOf(status)),
      answer: text,
      restMs: restOf(status, retryAfter),
      gone: status === 410,
    };
  } catch (error) {
    return { attempt: attempt(null, failureOf(error, signal)), answer: null, restMs: 0, gone: false };
  }
}
