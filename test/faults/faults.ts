import {
  type CancellationReason,
  DynamoDBServiceException,
  TransactionCanceledException,
} from "@aws-sdk/client-dynamodb";
import type { TestApi } from "../support/api.ts";
import { shortenWaits } from "../support/short-waits.ts";

/** Something that goes wrong between the SDK and DynamoDB, at the place where the SDK's own retry sees it as in reality. */
export interface Fault {
  name: string;
  /** The calls that it can happen to. */
  at: readonly string[];
  /** before: the request never takes effect; after: it does, and the answer is lost; partial: a batch answers in part. */
  when: "before" | "after" | "partial" | "never answers";
  error?: (() => Error) | undefined;
}

const reads = ["BatchGetItemCommand", "QueryCommand"];
const transaction = ["TransactWriteItemsCommand"];
const every = [...reads, ...transaction, "UpdateItemCommand"];

const service = (name: string, status: number) => (): Error =>
  new DynamoDBServiceException({
    name,
    message: name,
    $fault: status < 500 ? "client" : "server",
    $metadata: { httpStatusCode: status },
  });
const cancelled = (Code: string) => (): Error => {
  const CancellationReasons: CancellationReason[] = [{ Code: "None" }, { Code, Message: Code }];
  return new TransactionCanceledException({
    message: `Transaction cancelled [None, ${Code}]`,
    CancellationReasons,
    $metadata: { httpStatusCode: 400 },
  });
};
const timeout = (): Error => Object.assign(new Error("Connection timed out"), { name: "TimeoutError" });
const reset = (): Error => Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });

export const faults: readonly Fault[] = [
  { name: "TransactionConflict", at: transaction, when: "before", error: cancelled("TransactionConflict") },
  { name: "ThrottlingError in a transaction", at: transaction, when: "before", error: cancelled("ThrottlingError") },
  {
    name: "ProvisionedThroughputExceeded in a transaction",
    at: transaction,
    when: "before",
    error: cancelled("ProvisionedThroughputExceeded"),
  },
  {
    name: "TransactionInProgressException",
    at: transaction,
    when: "before",
    error: service("TransactionInProgressException", 400),
  },
  { name: "ThrottlingException", at: every, when: "before", error: service("ThrottlingException", 400) },
  {
    name: "ProvisionedThroughputExceededException",
    at: every,
    when: "before",
    error: service("ProvisionedThroughputExceededException", 400),
  },
  { name: "InternalServerError before", at: every, when: "before", error: service("InternalServerError", 500) },
  { name: "time-out before", at: every, when: "before", error: timeout },
  { name: "connection reset before", at: every, when: "before", error: reset },
  { name: "InternalServerError after", at: every, when: "after", error: service("InternalServerError", 500) },
  { name: "time-out after", at: every, when: "after", error: timeout },
  { name: "connection reset after", at: transaction, when: "after", error: reset },
  { name: "partial batch", at: ["BatchGetItemCommand"], when: "partial" },
];

export interface Injector {
  /** The fault happens to the n-th database call from now on, and to those after it until it has happened so often. */
  arm: (fault: Fault, nth: number, times: number) => Promise<void>;
  disarm: () => void;
  /** Names of the calls since `arm` or `watch`. */
  calls: () => string[];
  watch: () => void;
  /** How often the fault happened. */
  happened: () => number;
  /** Resolves when the fault has happened first. */
  struck: () => Promise<void>;
}

interface BatchInput {
  RequestItems: Record<string, { Keys: Record<"pk" | "sk", string | { S: string }>[] }>;
}
interface BatchOutput {
  Responses?: Record<string, { pk: string; sk: string }[]>;
  UnprocessedKeys?: Record<string, { Keys: { pk: string; sk: string }[] }>;
}

/** A batch answered in part: the last half of its keys comes back unprocessed. */
function inPart(input: BatchInput, output: BatchOutput): void {
  for (const [table, { Keys }] of Object.entries(input.RequestItems)) {
    const plain = Keys.map(({ pk, sk }) => ({
      pk: typeof pk === "string" ? pk : pk.S,
      sk: typeof sk === "string" ? sk : sk.S,
    }));
    const left = plain.slice(Math.floor(plain.length / 2));
    const isLeft = (item: { pk: string; sk: string }) => left.some(({ pk, sk }) => pk === item.pk && sk === item.sk);
    output.Responses = {
      ...output.Responses,
      [table]: (output.Responses?.[table] ?? []).filter((item) => !isLeft(item)),
    };
    output.UnprocessedKeys = { [table]: { Keys: left } };
  }
}

/** Puts an injector between the SDK of an API and its table. */
export function installInjector(api: TestApi): Injector {
  let armed: { fault: Fault; nth: number; times: number } | undefined;
  let seen: string[] = [];
  let happened = 0;
  let strike = (): void => undefined;
  let struck = Promise.resolve();

  api.runtime.client.middlewareStack.add(
    (next, context) => async (args) => {
      const name = String(context["commandName"]);
      seen.push(name);
      const fault = armed?.fault;
      if (!armed || !fault || seen.length < armed.nth || happened >= armed.times || !fault.at.includes(name))
        return next(args);
      happened += 1;
      if (fault.when === "before" && fault.error) {
        strike();
        throw fault.error();
      }
      const answer = await next(args);
      strike();
      if (fault.when === "never answers") return new Promise(() => undefined);
      if (fault.error) throw fault.error();
      inPart(args.input as unknown as BatchInput, answer.output as unknown as BatchOutput);
      return answer;
    },
    { step: "finalizeRequest", priority: "low", name: "injectFaults" },
  );

  shortenWaits();

  const reset = (): void => {
    seen = [];
    happened = 0;
    struck = new Promise((resolve) => {
      strike = resolve;
    });
  };
  return {
    async arm(fault, nth, times) {
      reset();
      armed = { fault, nth, times };
      // The SDK stops retrying once too much has failed; each case begins with what a warm function has.
      Object.assign(await api.runtime.client.config.retryStrategy(), { capacity: 500 });
    },
    disarm() {
      armed = undefined;
    },
    watch() {
      armed = undefined;
      reset();
    },
    calls: () => [...seen],
    happened: () => happened,
    struck: () => struck,
  };
}
