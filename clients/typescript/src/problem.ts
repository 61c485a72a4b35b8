import type { KnownCode } from "./operations.ts";

/** The code of a problem. A newer server may send one that this version of the client does not know. */
export type ProblemCode = KnownCode | (string & {});

/** One thing that is wrong with a request: where, and why. */
export interface FieldProblem {
  path: string;
  code: ProblemCode;
  message: string;
}

/** A refusal of the API, or an answer that is none. Programs look at `code`, people read `message`. */
export class TenantryError extends Error {
  override readonly name = "TenantryError";
  /** The HTTP status. */
  readonly status: number;
  readonly code: ProblemCode;
  /** Everything that is wrong, where the request as a whole or single fields of it are. */
  readonly errors: readonly FieldProblem[];
  /** Names the request to whoever runs the service. */
  readonly requestId: string | null;
  /** How many seconds the service asks to be left alone; null: it does not say. */
  readonly retryAfter: number | null;

  constructor(message: string, about: Pick<TenantryError, "status" | "code" | "errors" | "requestId" | "retryAfter">) {
    super(message);
    this.status = about.status;
    this.code = about.code;
    this.errors = about.errors;
    this.requestId = about.requestId;
    this.retryAfter = about.retryAfter;
  }
}

/** Seconds that an answer asks to wait: `Retry-After` in seconds or as a date. null: it asks for none. */
export function retryAfterOf(headers: Headers, now = Date.now()): number | null {
  const said = headers.get("retry-after");
  if (said === null) return null;
  const seconds = /^\d+$/.test(said.trim()) ? Number(said) : (Date.parse(said) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

function fieldsOf(errors: unknown): FieldProblem[] {
  if (!Array.isArray(errors)) return [];
  return errors.map((one: Record<string, unknown> | null) => ({
    path: text(one?.["path"]) ?? "",
    code: text(one?.["code"]) ?? "unknown",
    message: text(one?.["message"]) ?? "",
  }));
}

/** The error that an answer outside 2xx stands for. What is no problem document, such as a proxy's page, is told by its status. */
export async function problemOf(response: Response): Promise<TenantryError> {
  const body: unknown = await response.json().catch(() => null);
  const said = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const { status, statusText } = response;
  const errors = fieldsOf(said["errors"]);
  const detail =
    text(said["detail"]) ?? text(said["title"]) ?? `The server answered ${status} ${statusText}.`.replace(" .", ".");
  return new TenantryError(detail, {
    status,
    code: text(said["code"]) ?? "no_problem_document",
    errors,
    requestId: text(said["requestId"]) ?? response.headers.get("x-request-id"),
    retryAfter: retryAfterOf(response.headers),
  });
}
