import middy from "@middy/core";
import * as z from "zod";
import { DomainError } from "../domain/terms/errors.ts";
import { TriedLogin } from "../domain/access/login.ts";
import { may } from "../domain/access/roles.ts";
import { provedForMs } from "../domain/people/session.ts";
import { metered } from "../runtime/dynamo.ts";
import { type FunctionRuntime, runtime as functionRuntime } from "../runtime/function-runtime.ts";
import { loadChain } from "../store/hierarchy/branch.ts";
import { createCursors } from "../store/table/cursors.ts";
import { type Database, openDatabase } from "../store/table/database.ts";
import { findAnswer } from "../store/table/idempotency.ts";
import {
  apiKeyKey,
  customerKey,
  deletionKey,
  idempotencyKey,
  type Key,
  loginKey,
  mailKey,
  pointerKey,
  accountRefKey,
  deviceRefKey,
  refKey,
  userKey,
} from "../store/table/keys.ts";
import type { Rate } from "../store/access/rate.ts";
import { type Caller, hasRole, type Origin, type StoreContext } from "../store/hierarchy/scope.ts";
import type { Write } from "../store/table/writes.ts";
import { again } from "./again.ts";
import { bringing } from "./bringing.ts";
import { type ChangeRequest, changeRequestOf, ifMatchOf, keepAnswer, replay, retryKeyOf } from "./change.ts";
import {
  changes,
  contentTypeOf,
  isBinary,
  type Contract,
  isByRole,
  isForPeople,
  type Operation,
  pathOf,
} from "./contract.ts";
import { type Checked, credentialOf, unauthenticated } from "./credential.ts";
import { type Frame, frame, type Framed, frameOf } from "./frame.ts";
import { type Page, pageOf } from "./page.ts";
import { type HttpEvent, namedBranches, namedIn, type Parsed, parseRequest, valueAt } from "./parse.ts";
import type { Answer } from "./problem.ts";
import { ownBranchCheck } from "./access/own-branch.ts";
import { noteRefusal, triesOf, triesOfCaller } from "./access/refusals.ts";
import { refuseSuperseded } from "./superseded.ts";
import { workContext } from "./work-context.ts";

export type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

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
  /** Says the version for the `ETag` where the answer itself does not hold it. */
  tellVersion: (version: number) => void;
  /** Says where the rest is, in the header `Link`, where the answer itself has no place for a cursor; null: there is none. */
  tellNext: (cursor: string | null) => void;
  deps: Stores<Factories>;
}

/** A change that is worked out and not yet made: the answer, and the writes that make it true in one transaction. */
export interface Change<T> {
  result: T;
  writes: readonly Write[];
  /** The answer as it is kept for repetitions of the request, where it holds what nobody may keep. */
  kept?: T;
  /** Where an operation has two kinds of success. */
  status?: 200 | 201 | 202;
  /** Headers that set cookies. They are not kept for repetitions. */
  cookies?: readonly string[];
}
export type Result<C extends Contract> = z.input<C["success"]["body"]>;
/** An operation that reads returns the answer; one that changes returns a Change and writes nothing itself. */
export type OperationFunction<C extends Contract, Factories extends Record<string, StoreFactory>> = (
  input: Input<C, Factories>,
) => Promise<C["route"] extends `GET ${string}` ? Result<C> : Change<Result<C>>>;

const rateHeaders = ({ limit, remaining, reset }: Rate): Record<string, string> => ({
  "ratelimit-policy": `"default";q=${limit};w=60`,
  ratelimit: `"default";r=${remaining};t=${reset}`,
});

/** The customers that credentials belong to, as this function has seen them: never trusted, only read ahead. */
const scopes = new Map<string, string>();
const rememberScope = (credentialId: string, { scopeId }: Caller): void => {
  if (scopes.size >= 1000) scopes.clear();
  scopes.set(credentialId, scopeId);
};

/** The item that tells where the thing with an id stands, or what it is; null where the text is no id. */
function firstKeyOf(id: string): Key | null {
  const [, kind] = /^([a-z]{3})_[0-9A-Z]{26}$/.exec(id) ?? [];
  if (kind === undefined) return null;
  if (kind === "cus") return customerKey(id);
  if (kind === "key") return apiKeyKey(id);
  if (kind === "usr") return userKey(id);
  if (kind === "del") return deletionKey(id);
  return kind === "mai" ? mailKey(id) : pointerKey(id);
}

/** @throws DomainError password_change_required where a user has to do that first */
function refuseUnready({ session }: Caller): void {
  if (session?.needs === "password_change")
    throw new DomainError("password_change_required", "Change your password first: POST /v1/me/password.");
}

/** @throws DomainError proof_required where a user has logged in too long ago for a dangerous change */
function refuseUnproved({ session }: Caller, nowMs: number): void {
  if (session && nowMs > session.provedAt + provedForMs)
    throw new DomainError("proof_required", "Prove who you are first: POST /v1/me/proof.");
}

/** Where a reference stands that a request of an area names: of a customer, an account or a device, within what the request is about. */
function refKeyIn(area: string, within: string, reference: string): Key | null {
  const isCustomer = within.startsWith("cus_");
  if (area === "customers") return isCustomer ? refKey(within, reference) : null;
  if (area === "accounts") return accountRefKey(within, reference);
  return area === "devices" && !isCustomer ? deviceRefKey(within, reference) : null;
}

/** Keys that the first round trip can read beside the credential, since the request names them. */
function foreseen(event: HttpEvent, contract: Operation, credentialId: string): Key[] {
  const named = namedBranches(event, contract);
  const isOwn = contract.permission === "device" || contract.permission === "server";
  const scope = isOwn ? undefined : scopes.get(credentialId);
  const branches = named.length > 0 || scope === undefined ? named : [scope];
  const [branch] = branches;
  const reference = valueAt(event, contract, contract.reference)?.trim();
  const about = valueAt(event, contract, contract.about);
  const login = TriedLogin.safeParse(valueAt(event, contract, contract.login)).data;
  return [
    ...(login === undefined ? [] : [loginKey(login)]),
    ...[...branches, ...namedIn(event, contract), ...(about === undefined ? [] : [about])].flatMap(
      (id) => firstKeyOf(id) ?? [],
    ),
    ...(branch !== undefined && reference !== undefined && reference !== "" && reference.length <= 200
      ? [refKeyIn(contract.area, branch, reference)].filter((key) => key !== null)
      : []),
  ];
}

/** The address of what comes after a page (RFC 8288). */
const linkTo = ({ rawPath, queryStringParameters = {} }: HttpEvent, cursor: string): string => {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...queryStringParameters, cursor }))
    if (value !== undefined) given.set(name, value);
  return `<${rawPath}?${given.toString()}>; rel="next"`;
};

export const originOf = ({ requestContext }: HttpEvent, { id }: Operation): Origin => ({
  operation: id,
  sourceIp: requestContext.http.sourceIp,
});

export const answerOf = (contract: Operation, status: number, value: unknown, told?: number): Answer => {
  const own = z.object({ id: z.string().optional(), version: z.int().optional() }).catch({}).parse(value);
  const version = told ?? own.version;
  return {
    statusCode: status,
    headers: {
      "content-type": contentTypeOf(contract),
      ...(version !== undefined && { etag: `"${version}"` }),
      ...(status === 201 && own.id !== undefined && { location: `${pathOf(contract)}/${own.id}` }),
    },
    body: contract.success.media === undefined ? JSON.stringify(value) : String(value),
    ...(isBinary(contract) && { isBase64Encoded: true }),
  };
};

/**
 * Takes one request of what a caller, and the branches around it, have in this minute.
 * @throws DomainError rate_limited
 */
async function takeRequest(runtime: FunctionRuntime, db: Database, caller: Caller, current: Frame): Promise<void> {
  const now = runtime.clock();
  const take = hasRole(caller) ? runtime.takeRequest : runtime.takeDeviceRequest;
  const taken = await take(db, caller.id, now);
  current.headers = { ...current.headers, ...rateHeaders(taken) };
  if (!taken.allowed)
    throw new DomainError("rate_limited", "This credential has made too many requests.", [], taken.reset);
  if (!hasRole(caller)) return;
  // What a branch has left is not told: it would show a customer how busy its reseller is.
  const spent = await runtime.takeBranchRequest(db, caller, now);
  if (spent)
    throw new DomainError(
      "rate_limited",
      "The credentials of this branch have made too many requests.",
      [],
      spent.reset,
    );
}

/**
 * The pipeline of an operation that needs a credential. In this order a request is refused: credential, role, rate, form,
 * idempotency key, and then by the operation itself. Reading begins before the checks where that saves a round trip; nothing is
 * written before all of them have passed, but for when the credential was used last.
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
  /** With the credential, and what will be read after it, in one round trip: at first and at each new attempt. */
  const openAhead = (): Database => {
    const db = open();
    db.prefetch(ahead);
    return db;
  };
  const origin = originOf(event, contract);
  const credential = credentialOf(event, contract);
  const [named] = namedBranches(event, contract);
  const retryKey = retryKeyOf(event, contract);
  const ahead = [
    ...credential.keys,
    ...foreseen(event, contract, credential.id),
    ...(retryKey === undefined ? [] : [idempotencyKey(credential.id, retryKey)]),
  ];
  const first = openAhead();

  /** Who calls, as the credential stands now. @throws DomainError unauthenticated | credential_superseded | forbidden */
  const callerNow = async (db: Database): Promise<Checked> => {
    const now = runtime.clock();
    const found = await credential.check(db, now);
    if (!found && isForPeople(contract)) current.tries = await triesOf(db, credential, now);
    if (!found) throw unauthenticated();
    if (found.kind === "superseded") throw await refuseSuperseded(runtime, open, current.requestId, origin, found);
    if (hasRole(found)) current.tries = triesOfCaller(found);
    if (found.barred) throw found.barred;
    const { permission } = contract;
    if (permission !== "self" || contract.portal === "only") refuseUnready(found);
    if (contract.portal === "only" && found.kind !== "account")
      throw new DomainError("forbidden", "Only the login of an account does this.");
    if (
      found.kind === "account"
        ? !contract.portal
        : isByRole(permission) && !(hasRole(found) && may(found.role, permission))
    )
      throw new DomainError("forbidden", `The role ${found.role} may not do this.`);
    if (contract.needsProof) refuseUnproved(found, runtime.clock());
    return found;
  };
  let caller: Caller;
  const checked = await callerNow(first);
  caller = checked;
  current.callerId = caller.id;
  rememberScope(credential.id, caller);
  // Nothing depends on whether it succeeds.
  const noted = checked.seen && first.update(checked.seen).catch(() => undefined);
  const rate = takeRequest(runtime, first, caller, current);
  rate.catch(() => undefined);

  const perform = async (db: Database, parsed: Parsed, asked: ChangeRequest, attempt: number): Promise<Answer> => {
    const context: StoreContext = {
      ...bringing(workContext(runtime, db, current.requestId, runtime.clock, origin), () => db.fresh()),
      caller,
      checkOwn: ownBranchCheck(contract, caller),
      attempt,
    };
    // Stores check on their way what applies to the caller's own customer; what works in no branch has nobody else to do so.
    if (contract.branch === undefined && hasRole(caller)) await loadChain(context, caller.scopeId);
    let version: number | undefined;
    let next: string | null = null;
    const outcome = await work({
      params: parsed.params as Output<C["params"]>,
      query: parsed.query as Output<C["query"]>,
      body: parsed.body as Output<C["body"]>,
      caller,
      branchId: named ?? caller.scopeId,
      page: pageOf(contract, parsed, event, createCursors(credential.secret)),
      ifMatch: ifMatchOf(event),
      tellVersion: (told) => {
        version = told;
      },
      tellNext: (cursor) => {
        next = cursor;
      },
      deps: Object.fromEntries(
        Object.entries(factories).map(([name, make]) => [name, make(context)]),
      ) as Stores<Factories>,
    });
    const answer = (status: number, value: unknown): Answer =>
      answerOf(contract, status, contract.success.body.parse(value), version);
    if (!changes(contract)) {
      const shown = answer(contract.success.status, outcome);
      return next === null ? shown : { ...shown, headers: { ...shown.headers, link: linkTo(event, next) } };
    }
    const { result, writes, kept = result, status = contract.success.status, cookies } = outcome as Change<Result<C>>;
    const changed = { ...answer(status, result), ...(cookies && !asked.dryRun && { cookies: [...cookies] }) };
    await rate;
    if (asked.dryRun) await db.rehearse(writes);
    // The kept answer goes first: where it exists, that is why the rest fails too.
    else
      await db.commit(asked.key ? [keepAnswer(answer(status, kept), asked.key, runtime.clock()), ...writes] : writes);
    return changed;
  };

  /** Refuses the caller by what applies to its own customer now, where nothing else has looked at that. */
  const checkOwn = async (db: Database): Promise<void> => {
    if (!hasRole(caller)) return;
    const context = workContext(runtime, db, current.requestId, runtime.clock, origin);
    await loadChain({ ...context, caller, checkOwn: ownBranchCheck(contract, caller) }, caller.scopeId);
  };

  const run = async (db: Database, attempt: number): Promise<Answer> => {
    // What came in between may have been about the caller: a device has moved, a key was revoked.
    if (db !== first) caller = await callerNow(db);
    const parsed = parseRequest(event, contract);
    const asked = changeRequestOf(event, contract, parsed, credential.id, credential.secret);
    const { key } = asked;
    if (!key) return perform(db, parsed, asked, attempt);
    const kept = (from: Database) => findAnswer(from, key.principal, key.value, runtime.clock());
    const earlier = await kept(db);
    if (earlier) {
      // A key hears it in one round trip. Whoever has to set up a second factor first does not hear it.
      if (caller.session?.lacksSecondFactor) await checkOwn(db);
      return replay(earlier, key);
    }
    try {
      return await perform(db, parsed, asked, attempt);
    } catch (error) {
      // The same request may have been answered while this one was at work: then that answer counts, and what this one met is its effect.
      const meanwhile = error instanceof DomainError ? await kept(open()) : null;
      if (!meanwhile) throw error;
      return replay(meanwhile, key);
    }
  };

  try {
    const answer = await again(run, first, openAhead, runtime.ids.random);
    await Promise.all([rate, noted]);
    return answer;
  } catch (error) {
    // A credential over its limit hears that first, whatever else was wrong.
    await rate;
    // What lies outside the branch is refused without a look at the caller's own customer: where that is deleted, its credentials are none.
    if (error instanceof DomainError && error.code === "not_found") await checkOwn(open());
    throw error;
  }
}

export type Handler = (event: HttpEvent, context: unknown) => Promise<Answer>;

/** The Lambda handler that runs `core` inside the frame: counted, logged, and with every error answered as a problem document. */
export const framed = (
  runtime: FunctionRuntime,
  contract: Framed,
  core: (event: HttpEvent) => Promise<Answer>,
): Handler =>
  middy()
    .use(frame(runtime, contract))
    .handler((event: HttpEvent) => metered(frameOf(event).meter, () => core(event))) as unknown as Handler;

/** The Lambda handler of an operation: `work` inside the pipeline, with the stores that it names. */
export const operation = <C extends Operation, Factories extends Record<string, StoreFactory>>(
  contract: C,
  work: OperationFunction<C, Factories>,
  factories: Factories,
): Handler =>
  framed(functionRuntime, contract, (event) =>
    serve(functionRuntime, contract, work, factories, event, frameOf(event)).catch((error: unknown) => {
      noteRefusal(functionRuntime, originOf(event, contract), frameOf(event), error);
      throw error;
    }),
  );
