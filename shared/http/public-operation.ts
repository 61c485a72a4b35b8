import { DomainError } from "../domain/terms/errors.ts";
import { runtime as functionRuntime } from "../runtime/function-runtime.ts";
import type { Access } from "../store/access/access-log.ts";
import type { WorkContext } from "../store/hierarchy/scope.ts";
import { type Database, openDatabase } from "../store/table/database.ts";
import type { Write } from "../store/table/writes.ts";
import { noteAccess } from "./access/access-recorder.ts";
import { noteRefusal } from "./access/refusals.ts";
import { again } from "./again.ts";
import { bringing } from "./bringing.ts";
import { contentTypeOf, type Contract, type Operation } from "./contract.ts";
import { frameOf } from "./frame.ts";
import { answerOf, type Change, framed, type Handler, originOf, type Output, type Result } from "./operation.ts";
import { parseRequest } from "./parse.ts";
import type { Answer } from "./problem.ts";
import { workContext } from "./work-context.ts";

/** The Lambda handler of an operation that anybody may call; it has no stores and no caller. */
export const publicOperation = <C extends Operation>(
  contract: C,
  work: (deps: { db: Database }) => Promise<Result<C>>,
): Handler =>
  framed(functionRuntime, contract, async (event) => {
    parseRequest(event, contract);
    const db = openDatabase(functionRuntime.client, functionRuntime.env.TABLE_NAME, frameOf(event).meter);
    return answerOf(contract, contract.success.status, contract.success.body.parse(await work({ db })));
  });

/** What an operation that anybody may call works with, when it changes something. */
export interface PublicInput<C extends Contract> {
  body: Output<C["body"]>;
  db: Database;
  /** A fresh view of the table. */
  open: () => Database;
  /** Where the request comes from. */
  sourceIp: string;
  /** What the client calls itself. */
  userAgent: string;
  dryRun: boolean;
  /** Milliseconds since the epoch. */
  now: number;
  /** What the change is made from. It has no caller: whose branch it works in, and who did it, is for the operation to find out. */
  context: WorkContext;
  /** Notes in the log of access what is about to be refused. Nobody waits for it. */
  noteAccess: (access: Access) => void;
  /** Runs what takes one of the attempts that a name has: once in a request, however often its change is worked out. */
  takeAttempt: <T>(take: () => Promise<T>) => Promise<T>;
}

/**
 * The Lambda handler of a change that anybody may ask for, who proves in the request itself that he may. There is no caller whose
 * secret could seal a kept answer: the operation itself must bear being repeated.
 */
export const publicChange = <C extends Operation>(
  contract: C,
  work: (input: PublicInput<C>) => Promise<Change<Result<C>>>,
): Handler =>
  framed(functionRuntime, contract, async (event) => {
    const parsed = parseRequest(event, contract);
    const { meter, requestId } = frameOf(event);
    const open = (): Database => openDatabase(functionRuntime.client, functionRuntime.env.TABLE_NAME, meter);
    const { dryRun } = (parsed.query ?? {}) as { dryRun?: string };
    const origin = originOf(event, contract);
    const note = (access: Access): void => noteAccess(functionRuntime, { requestId, origin }, access);
    let taken: Promise<unknown> | undefined;
    const run = async (db: Database): Promise<Answer> => {
      const {
        result,
        writes,
        status = contract.success.status,
        cookies,
      } = await work({
        body: parsed.body as Output<C["body"]>,
        db,
        open,
        sourceIp: event.requestContext.http.sourceIp,
        userAgent: event.requestContext.http.userAgent,
        dryRun: dryRun === "true",
        now: functionRuntime.clock(),
        context: bringing(workContext(functionRuntime, db, requestId, functionRuntime.clock, origin), () => db.fresh()),
        noteAccess: note,
        // One kind of attempt for an operation, so what was taken is what is asked for.
        takeAttempt: <T>(take: () => Promise<T>) => (taken ??= take()) as Promise<T>,
      });
      const answer = answerOf(contract, status, contract.success.body.parse(result));
      await (dryRun === "true" ? db.rehearse(writes) : db.commit(writes));
      return { ...answer, ...(cookies && dryRun !== "true" && { cookies: [...cookies] }) };
    };
    const tries = { customerId: null, credential: null };
    return again(run, open(), open, functionRuntime.ids.random).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === "rate_limited")
        noteRefusal(functionRuntime, origin, { requestId, tries }, error);
      throw error;
    });
  });

/** What a form works with that anybody may send who has its address. */
export interface FormInput<C extends Contract> {
  params: Output<C["params"]>;
  db: Database;
  /** Milliseconds since the epoch. */
  now: number;
  context: WorkContext;
}

/** The Lambda handler of a page with a form, or of what that form does: it answers HTML. The address alone says what it is about. */
export const publicForm = <C extends Operation>(
  contract: C,
  work: (input: FormInput<C>) => Promise<{ text: string; headers: Record<string, string>; writes: readonly Write[] }>,
): Handler =>
  framed(functionRuntime, contract, async (event) => {
    const { params } = parseRequest(event, contract);
    const { meter, requestId } = frameOf(event);
    const open = (): Database => openDatabase(functionRuntime.client, functionRuntime.env.TABLE_NAME, meter);
    const run = async (db: Database): Promise<Answer> => {
      const context = workContext(functionRuntime, db, requestId, functionRuntime.clock, originOf(event, contract));
      const given = { params: params as Output<C["params"]>, db, now: functionRuntime.clock(), context };
      const { text, headers, writes } = await work(given);
      if (writes.length > 0) await db.commit(writes);
      return { statusCode: 200, headers: { "content-type": contentTypeOf(contract), ...headers }, body: text };
    };
    return again(run, open(), open, functionRuntime.ids.random);
  });

/** The Lambda handler that only refuses: where no route matches. */
export const refusal = (
  id: string,
  decide: (method: string, path: string) => { error: DomainError; headers: Record<string, string> },
): Handler =>
  framed(functionRuntime, { id }, async (event) => {
    const { method, path } = event.requestContext.http;
    const { error, headers } = decide(method, event.rawPath || path);
    Object.assign(frameOf(event).headers, headers);
    throw error;
  });
