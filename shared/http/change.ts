import { DomainError } from "../domain/terms/errors.ts";
import { answerWrite, type IdempotencyRecord } from "../store/table/idempotency.ts";
import type { Write } from "../store/table/writes.ts";
import { fingerprint } from "./canonical.ts";
import { changes, type Operation } from "./contract.ts";
import { header, type HttpEvent, type Parsed } from "./parse.ts";
import type { Answer } from "./problem.ts";
import { openText, sealText } from "./seal.ts";

const idempotencyKeyForm = /^[\x21-\x7e]{1,255}$/;

/** The idempotency key that a request sends, where it can have one. */
export const retryKeyOf = (event: HttpEvent, contract: Operation): string | undefined => {
  const value = changes(contract) ? header(event, "idempotency-key") : undefined;
  return value !== undefined && idempotencyKeyForm.test(value) ? value : undefined;
};

/** What an idempotency key stands for: whose it is, and for which request. */
export interface RetryKey {
  principal: string;
  value: string;
  requestHash: string;
  secret: string;
}

/** How a request asks for its change to be made. */
export interface ChangeRequest {
  dryRun: boolean;
  key: RetryKey | null;
}

/** @throws DomainError invalid_request where the key is malformed */
export function changeRequestOf(
  event: HttpEvent,
  contract: Operation,
  parsed: Parsed,
  principal: string,
  secret: string,
): ChangeRequest {
  const asked = (parsed.query as { dryRun?: string } | undefined)?.dryRun === "true";
  const dryRun = asked && !contract.keepsDryRun;
  const value = changes(contract) ? header(event, "idempotency-key") : undefined;
  if (value === undefined || dryRun) return { dryRun, key: null };
  if (!idempotencyKeyForm.test(value))
    throw new DomainError(
      "invalid_request",
      "An idempotency key has 1 to 255 printable ASCII characters without spaces.",
      [{ path: "Idempotency-Key", message: "must be 1 to 255 printable ASCII characters without spaces" }],
    );
  const requestHash = fingerprint(
    secret,
    contract.route,
    event.pathParameters ?? {},
    event.queryStringParameters ?? {},
    parsed.json ?? null,
  );
  return { dryRun, key: { principal, value, requestHash, secret } };
}

/** The answer that was given under a key. @throws DomainError idempotency_key_reused */
export function replay(record: IdempotencyRecord, { requestHash, secret }: RetryKey): Answer {
  if (record.requestHash !== requestHash)
    throw new DomainError(
      "idempotency_key_reused",
      "This idempotency key was used for another request in the last 24 hours.",
      [{ path: "Idempotency-Key", message: "belongs to another request" }],
    );
  return {
    statusCode: record.status,
    headers: { ...record.headers, "idempotency-replayed": "true" },
    body: openText(secret, record.sealedBody),
  };
}

/** The write that keeps an answer under its key, sealed for whoever holds the credential. */
export const keepAnswer = (answer: Answer, { principal, value, requestHash, secret }: RetryKey, nowMs: number): Write =>
  answerWrite(principal, value, nowMs, {
    requestHash,
    status: answer.statusCode,
    headers: answer.headers,
    sealedBody: sealText(secret, answer.body),
  });

/** Checks `If-Match` against a version. */
export const ifMatchOf = (event: HttpEvent) => {
  const wanted = header(event, "if-match")?.trim();
  return (version: number): void => {
    if (wanted === undefined || wanted === "*") return;
    if (!wanted.split(",").some((tag) => tag.trim() === `"${version}"`))
      throw new DomainError("precondition_failed", `The current version is "${version}".`, [
        { path: "If-Match", message: `is not "${version}"` },
      ]);
  };
};
