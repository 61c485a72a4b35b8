import middy from "@middy/core";
import * as z from "zod";
import { DomainError } from "../domain/errors.ts";
import { may } from "../domain/roles.ts";
import { metered } from "../runtime/dynamo.ts";
import { type FunctionRuntime, runtime as functionRuntime } from "../runtime/function-runtime.ts";
import { type ApiKeyRecord, authenticateKey, readToken } from "../store/api-keys.ts";
import { type Cursors, createCursors } from "../store/cursors.ts";
import { type Database, openDatabase } from "../store/database.ts";
import { AlreadyAnswered, answerWrite, findAnswer, type IdempotencyRecord } from "../store/idempotency.ts";
import { apiKeyKey, customerKey, idempotencyKey, type Key } from "../store/keys.ts";
import type { Rate } from "../store/rate.ts";
import type { Caller, StoreContext } from "../store/scope.ts";
import { Contended, Stale, type Write } from "../store/writes.ts";
import { canonical, fingerprint } from "./canonical.ts";
import { changes, type Contract, type Operation, pathOf } from "./contract.ts";
import { type Frame, frame, frameOf } from "./frame.ts";
import { branchValue, header, type HttpEvent, type Parsed, parseRequest } from "./parse.ts";
import type { Answer } from "./problem.ts";
import { openText, sealText } from "./seal.ts";

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** The page that a list was asked for. */
export interface Page {
  limit: number;
  /** Where to go on, null at the start. @throws DomainError invalid_cursor */
  position: <T>(schema: z.ZodType<T>) => T | null;
  /** The cursor of a position in this list, null at the end. */
  next: (position: unknown) => string | null;
  /** The cursor of a position in another list. */
  nextIn: (operationId: string, query: Record<string, string>, position: unknown) => string;
}

/** A store's factory: what it makes sees the caller's branch only. */
export type StoreFactory = (context: StoreContext) => object;
type Stores<Factories extends Record<string, StoreFactory>> = {
  [Name in keyof Factories]: ReturnType<Factories[Name]>;
};

/** What an operation works with: the request as its contract describes it, the caller, and stores scoped to the caller's branch. */
export interface Input<C extends Contract, Factories extends Record<string, StoreFactory>> {
  params: Output<C["params"]>;
  query: Output<C["query"]>;
  body: Output<C["body"]>;
  caller: Caller;
  /** The customer that the request names as its branch, or else the caller's own. */
  branchId: string;
  page: Page;
  /** Checks `If-Match`. @throws DomainError precondition_failed */
  ifMatch: (version: number) => void;
  deps: Stores<Factories>;
}

/** A change that is worked out and not yet made: the answer, and the writes that make it true in one transaction. */
export interface Change<T> {
  result: T;
  writes: readonly Write[];
  /** Where an operation has two kinds of success. */
  status?: 200 | 201;
}
type Result<C extends Contract> = z.input<C["success"]["body"]>;
/** An operation that reads returns the answer; one that changes returns a Change and writes nothing itself. */
export type OperationFunction<C extends Contract, Factories extends Record<string, StoreFactory>> = (
  input: Input<C, Factories>,
) => Promise<C["route"] extends `GET ${string}` ? Result<C> : Change<Result<C>>>;

const attempts = 8;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Full jitter: up to 10 ms after the first attempt, doubling, up to 400 ms. */
const jitter = (random: () => number, attempt: number): number => random() * Math.min(400, 10 * 2 ** attempt);

const unauthenticated = () =>
  new DomainError("unauthenticated", "Send a valid credential as `Authorization: Bearer <token>`.");
const idempotencyKeyForm = /^[\x21-\x7e]{1,255}$/;

/** The credential of a request, not yet checked. @throws DomainError unauthenticated */
function credentialOf(event: HttpEvent): { id: string; secret: string } {
  const [scheme, token, ...more] = (header(event, "authorization") ?? "").trim().split(/\s+/);
  const credential =
    scheme?.toLowerCase() === "bearer" && token !== undefined && more.length === 0 ? readToken(token) : null;
  if (!credential) throw unauthenticated();
  return credential;
}

const callerOf = ({ id, role, customerId, ancestors }: ApiKeyRecord): Caller => ({
  kind: "apiKey",
  id,
  role,
  scopeId: customerId,
  scopeAncestors: ancestors,
});

const rateHeaders = ({ limit, remaining, reset }: Rate): Record<string, string> => ({
  "ratelimit-policy": `"default";q=${limit};w=60`,
  ratelimit: `"default";r=${remaining};t=${reset}`,
});

/** Keys that the first round trip can read beside the credential, since the request names them. */
function foreseen(branch: string | undefined): Key[] {
  if (branch === undefined) return [];
  if (/^cus_[0-9A-Z]{26}$/.test(branch)) return [customerKey(branch)];
  return /^key_[0-9A-Z]{26}$/.test(branch) ? [apiKeyKey(branch)] : [];
}

function pageOf(contract: Operation, parsed: Parsed, event: HttpEvent, cursors: Cursors): Page {
  const { limit, cursor } = (parsed.query ?? {}) as { limit?: number; cursor?: string };
  const { limit: _, cursor: __, ...filters } = event.queryStringParameters ?? {};
  const purpose = (operationId: string, query: unknown): string => `${operationId} ${canonical(query)}`;
  const own = purpose(contract.id, { ...filters, ...event.pathParameters });
  return {
    limit: limit ?? 50,
    position: (schema) => (cursor === undefined ? null : cursors.open(own, cursor, schema)),
    next: (position) => (position === null ? null : cursors.seal(own, position)),
    nextIn: (operationId, query, position) => cursors.seal(purpose(operationId, query), position),
  };
}

/** How a request asks for its change to be made. */
interface ChangeRequest {
  dryRun: boolean;
  key: { principal: string; value: string; requestHash: string; secret: string } | null;
}

function changeRequestOf(
  event: HttpEvent,
  contract: Operation,
  parsed: Parsed,
  principal: string,
  secret: string,
): ChangeRequest {
  const dryRun = (parsed.query as { dryRun?: string } | undefined)?.dryRun === "true";
  const value = header(event, "idempotency-key");
  if (value === undefined || dryRun) return { dryRun, key: null };
  if (!idempotencyKeyForm.test(value))
    throw new DomainError(
      "invalid_request",
      "An idempotency key has 1 to 255 printable ASCII characters without spaces.",
      [{ path: "Idempotency-Key", message: "must be 1 to 255 printable ASCII characters without spaces" }],
    );
  const requestHash = fingerprint(
    contract.route,
    event.pathParameters ?? {},
    event.queryStringParameters ?? {},
    parsed.json ?? null,
  );
  return { dryRun, key: { principal, value, requestHash, secret } };
}

const answerOf = (contract: Operation, status: number, value: unknown): Answer => {
  const { id, version } = z.object({ id: z.string().optional(), version: z.int().optional() }).catch({}).parse(value);
  return {
    statusCode: status,
    headers: {
      "content-type": "application/json",
      ...(version !== undefined && { etag: `"${version}"` }),
      ...(status === 201 && id !== undefined && { location: `${pathOf(contract)}/${id}` }),
    },
    body: JSON.stringify(value),
  };
};

function replay(record: IdempotencyRecord, { requestHash, secret }: NonNullable<ChangeRequest["key"]>): Answer {
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

const ifMatchOf = (event: HttpEvent) => {
  const wanted = header(event, "if-match")?.trim();
  return (version: number): void => {
    if (wanted === undefined || wanted === "*") return;
    if (!wanted.split(",").some((tag) => tag.trim() === `"${version}"`))
      throw new DomainError("precondition_failed", `The current version is "${version}".`, [
        { path: "If-Match", message: `is not "${version}"` },
      ]);
  };
};

/**
 * The pipeline of an operation that needs a credential. In this order a request is refused: credential, role, rate, form,
 * idempotency key, and then by the operation itself. Reading begins before the checks where that saves a round trip; nothing is
 * written before all of them have passed.
 */
async function serve<C extends Operation, Factories extends Record<string, StoreFactory>>(
  runtime: FunctionRuntime,
  contract: C,
  work: OperationFunction<C, Factories>,
  factories: Factories,
  event: HttpEvent,
  current: Frame,
): Promise<Answer> {
  const open = (): Database => openDatabase(runtime.client, runtime.env.TABLE_NAME, current.meter);
  const credential = credentialOf(event);
  const named = branchValue(event, contract);
  const retryKey = changes(contract) ? header(event, "idempotency-key") : undefined;
  const first = open();
  first.prefetch([
    apiKeyKey(credential.id),
    ...foreseen(named),
    ...(retryKey !== undefined && idempotencyKeyForm.test(retryKey) ? [idempotencyKey(credential.id, retryKey)] : []),
  ]);

  const record = await authenticateKey(first, credential, runtime.clock());
  if (!record) throw unauthenticated();
  const caller = callerOf(record);
  current.callerId = caller.id;
  if (contract.permission !== "none" && contract.permission !== "public" && !may(caller.role, contract.permission))
    throw new DomainError("forbidden", `The role ${caller.role} may not do this.`);
  const rate = runtime.takeRequest(first, caller.id, runtime.clock()).then((taken) => {
    current.headers = { ...current.headers, ...rateHeaders(taken) };
    if (!taken.allowed)
      throw new DomainError("rate_limited", "This credential has made too many requests.", [], taken.reset);
  });
  rate.catch(() => undefined);

  const run = async (db: Database): Promise<Answer> => {
    const parsed = parseRequest(event, contract);
    const asked = changeRequestOf(event, contract, parsed, caller.id, credential.secret);
    if (asked.key) {
      const earlier = await findAnswer(db, asked.key.principal, asked.key.value, runtime.clock());
      if (earlier) return replay(earlier, asked.key);
    }
    const context: StoreContext = {
      db,
      caller,
      requestId: current.requestId,
      now: runtime.clock,
      id: (kind) => runtime.ids.id(kind, runtime.clock()),
      secret: () => runtime.ids.secret(),
    };
    const deps = Object.fromEntries(
      Object.entries(factories).map(([name, make]) => [name, make(context)]),
    ) as Stores<Factories>;
    const outcome = await work({
      params: parsed.params as Output<C["params"]>,
      query: parsed.query as Output<C["query"]>,
      body: parsed.body as Output<C["body"]>,
      caller,
      branchId: named ?? caller.scopeId,
      page: pageOf(contract, parsed, event, createCursors(credential.secret)),
      ifMatch: ifMatchOf(event),
      deps,
    });
    if (!changes(contract)) return answerOf(contract, contract.success.status, contract.success.body.parse(outcome));
    const { result, writes, status = contract.success.status } = outcome as Change<Result<C>>;
    const answer = answerOf(contract, status, contract.success.body.parse(result));
    await rate;
    if (asked.dryRun) await db.rehearse(writes);
    // The kept answer goes first: where it exists, that is why the rest fails too.
    else await db.commit(asked.key ? [keep(answer, asked.key), ...writes] : writes);
    return answer;
  };
  const keep = (answer: Answer, { principal, value, requestHash, secret }: NonNullable<ChangeRequest["key"]>): Write =>
    answerWrite(principal, value, runtime.clock(), {
      requestHash,
      status: answer.statusCode,
      headers: answer.headers,
      sealedBody: sealText(secret, answer.body),
    });

  try {
    const answer = await again(run, first, open, runtime.ids.random);
    await rate;
    return answer;
  } catch (error) {
    // A credential over its limit hears that first, whatever else was wrong.
    await rate;
    throw error;
  }
}

/** Runs a request, and again from fresh reads where somebody else's change came in between. */
async function again(
  run: (db: Database) => Promise<Answer>,
  first: Database,
  open: () => Database,
  random: () => number,
): Promise<Answer> {
  for (let attempt = 1, db = first; ; attempt += 1, db = open()) {
    try {
      return await run(db);
    } catch (error) {
      const worthAnother = error instanceof Stale || error instanceof Contended || error instanceof AlreadyAnswered;
      if (!worthAnother) throw error;
      if (attempt === attempts)
        throw error instanceof Contended
          ? new DomainError("unavailable", "Too many changes at the same time; try again.", [], 1)
          : new DomainError("conflict", "Somebody else keeps changing the same; try again.", [], 1);
      await pause(jitter(random, attempt));
    }
  }
}

type Handler = (event: HttpEvent, context: unknown) => Promise<Answer>;

const build = (runtime: FunctionRuntime, id: string, core: (event: HttpEvent) => Promise<Answer>): Handler =>
  middy()
    .use(frame(runtime, id))
    .handler((event: HttpEvent) => metered(frameOf(event).meter, () => core(event))) as unknown as Handler;

/** The Lambda handler of an operation: `work` inside the pipeline, with the stores that it names. */
export const operation = <C extends Operation, Factories extends Record<string, StoreFactory>>(
  contract: C,
  work: OperationFunction<C, Factories>,
  factories: Factories,
): Handler =>
  build(functionRuntime, contract.id, (event) =>
    serve(functionRuntime, contract, work, factories, event, frameOf(event)),
  );

/** The Lambda handler of an operation that anybody may call; it has no stores and no caller. */
export const publicOperation = <C extends Operation>(
  contract: C,
  work: (deps: { db: Database }) => Promise<Result<C>>,
): Handler =>
  build(functionRuntime, contract.id, async (event) => {
    parseRequest(event, contract);
    const db = openDatabase(functionRuntime.client, functionRuntime.env.TABLE_NAME, frameOf(event).meter);
    return answerOf(contract, contract.success.status, contract.success.body.parse(await work({ db })));
  });

/** The Lambda handler that only refuses: where no route matches. */
export const refusal = (
  id: string,
  decide: (method: string, path: string) => { error: DomainError; headers: Record<string, string> },
): Handler =>
  build(functionRuntime, id, async (event) => {
    const { method, path } = event.requestContext.http;
    const { error, headers } = decide(method, event.rawPath || path);
    Object.assign(frameOf(event).headers, headers);
    throw error;
  });
