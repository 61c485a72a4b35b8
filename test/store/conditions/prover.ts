import { randomUUID } from "node:crypto";
import {
  DeleteCommand,
  GetCommand,
  NumberValue,
  PutCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { plansPartition } from "../../../shared/store/table/keys.ts";
import { type Condition, holds } from "../../../shared/store/table/writes.ts";
import type { Item } from "../../../shared/store/table/units.ts";
import type { TestApi } from "../../support/api.ts";

/*
 * What a transaction is sent with was read a moment before. The prover stands in between: it changes one thing that a condition relies on, as
 * somebody else could have, sees the whole transaction cancelled for it, puts it back, and lets the transaction go.
 */

/** What was proved of the transactions of one piece of work. */
export interface Proved {
  /** Conditions that a change in between was cancelled by, each named by its item and attribute. */
  caught: string[];
  /** Conditions that cannot fail alone: others of the same write fail with them. */
  implied: string[];
}

/** What is taken as proved before, by the name of a condition: whether a change in between is caught, or undefined where that is to be proved. */
export type Known = (label: string) => boolean | undefined;

type Image = Record<string, unknown>;
interface Part {
  Key?: Image | undefined;
  Item?: Image | undefined;
  ConditionExpression?: string | undefined;
  ExpressionAttributeNames?: Record<string, string> | undefined;
  ExpressionAttributeValues?: Image | undefined;
}

/** The conditions of one write, read back from how DynamoDB is told them. */
function conditionsOf(part: Part): Condition[] {
  const values = part.ExpressionAttributeValues ?? {};
  const attribute = (placeholder = ""): string => part.ExpressionAttributeNames?.[placeholder] ?? placeholder;
  const read = (text: string): Condition => {
    const absentOr = /^\(attribute_not_exists\((#\w+)\) OR (#\w+) (=|<=) (:\w+)\)$/.exec(text);
    if (absentOr) {
      const value = values[absentOr[4] ?? ""] as number;
      return absentOr[3] === "<=" ? { freeAt: value } : { attribute: attribute(absentOr[1]), counts: value };
    }
    const presence = /^attribute_(not_)?exists\((#\w+)\)$/.exec(text);
    if (presence) {
      const name = attribute(presence[2]);
      const absent = presence[1] !== undefined;
      return name === "pk" ? { exists: !absent } : { attribute: name, is: null };
    }
    const [, name, relation, value = ""] = /^(#\w+) (=|>=|<=) (:\w+)$/.exec(text) ?? [];
    const to = values[value] as never;
    if (relation === ">=") return { attribute: attribute(name), atLeast: to };
    if (relation === "<=") return { attribute: attribute(name), atMost: to };
    if (relation === "=") return { attribute: attribute(name), is: to };
    throw new Error(`A condition of an unknown form: ${text}`);
  };
  const text = part.ConditionExpression ?? "";
  return text === "" ? [] : text.split(" AND ").map(read);
}

const other = (value: unknown): unknown =>
  typeof value === "number" ? value + 1 : typeof value === "boolean" ? !value : `${String(value)}~`;

/** The next whole number, also where a number is as large as it can be. */
const more = (value: number): unknown =>
  Number.isSafeInteger(value + 1) ? value + 1 : NumberValue.from(String(BigInt(value) + 1n));

/** Stands in what the prover changes for a moment, and in the records of the stream that tell of it. */
const mark = "proving";
/** Records of the stream without those of the prover, which cancel each other out. */
export const withoutProof = <R extends { dynamodb: { NewImage?: object | undefined; OldImage?: object | undefined } }>(
  records: readonly R[],
): R[] => records.filter(({ dynamodb: { NewImage = {}, OldImage = {} } }) => !(mark in NewImage || mark in OldImage));

/** An item as somebody else could have left it, so that a condition of it fails. */
function broken(condition: Condition, item: Image | undefined, key: Image): Image | undefined {
  const there = { ...(item ?? key), [mark]: true };
  if ("exists" in condition) return condition.exists ? undefined : there;
  if ("freeAt" in condition) return { ...there, expiresAt: condition.freeAt + 1 };
  const { attribute } = condition;
  if ("atLeast" in condition) return { ...there, [attribute]: condition.atLeast - 1 };
  if ("atMost" in condition) return { ...there, [attribute]: more(condition.atMost) };
  if ("counts" in condition) return { ...there, [attribute]: condition.counts + 1 };
  return { ...there, [attribute]: condition.is === null ? "somebody else" : other(condition.is) };
}

const said = (condition: Condition): string => {
  if ("exists" in condition) return condition.exists ? "is there" : "is not there";
  if ("freeAt" in condition) return "is not there, or has expired";
  const { attribute } = condition;
  if ("atLeast" in condition) return `${attribute} is enough`;
  if ("atMost" in condition) return `${attribute} is not too much`;
  if ("counts" in condition) return `${attribute} counts as read`;
  return condition.is === null ? `${attribute} is absent` : `${attribute} is as read`;
};

/** A name of an item that is the same in every run: what its key begins with. */
const nameOf = ({ pk, sk }: { pk: string; sk: string }): string => {
  const begin = (text: string): string =>
    /^([a-z]+)_[0-9A-Z]{26}$/.exec(text)?.[1] ?? text.replace(/^[0-9A-Z]{26}$|^\d+(-.*)?$|#.*$/s, "#");
  return sk === "@" || pk === plansPartition ? begin(pk) : `${begin(pk)} ${begin(sk)}`;
};

/**
 * Proves the conditions of all transactions and conditional updates that an API makes from now on, one after the other.
 * @returns a function that does some work, and tells what was proved meanwhile; what is `known` is only found to be there
 */
export function openProver(api: TestApi): (work: () => Promise<unknown>, known?: Known) => Promise<Proved> {
  const { tableName: TableName, documents } = api.table;
  let seen: Map<string, boolean> | null = null;
  let known: Known = () => undefined;
  /** What went wrong while something was proved; the work itself only sees that the table does not answer. */
  let failure: unknown;
  let turn: Promise<unknown> = Promise.resolve();
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };

  /** Whether the call is refused for a condition at this place, and for no other. */
  async function isRefused(send: () => Promise<unknown>, index: number): Promise<boolean> {
    try {
      await send();
      return false;
    } catch (error) {
      const { name, CancellationReasons = [] } = error as Error & { CancellationReasons?: { Code?: string }[] };
      if (name === "ConditionalCheckFailedException") return true;
      const failed = CancellationReasons.flatMap(({ Code }, nth) => (Code === "ConditionalCheckFailed" ? [nth] : []));
      if (failed.length === 1 && failed[0] === index) return true;
      throw new Error(`Refused at ${failed.join()} instead of ${index}.`, { cause: error });
    }
  }

  async function prove(
    part: Part,
    kind: string,
    index: number,
    send: () => Promise<unknown>,
    before: Map<string, number>,
  ): Promise<void> {
    const { pk, sk } = part.Key ?? part.Item ?? {};
    const key = { pk: String(pk), sk: String(sk) };
    const conditions = conditionsOf(part);
    const put = (image: Image | undefined) =>
      image
        ? documents.send(new PutCommand({ TableName, Item: image }))
        : documents.send(new DeleteCommand({ TableName, Key: key }));
    let read: { item: Image | undefined } | undefined;
    let isChanged = false;
    const proveEach = async (): Promise<void> => {
      for (const condition of conditions) {
        const name = `${kind} ${nameOf(key)}: ${said(condition)}`;
        const nth = (before.get(name) ?? 0) + 1;
        before.set(name, nth);
        const label = nth === 1 ? name : `${name} (${nth})`;
        if (!seen || seen.get(label) === true) continue;
        const outcome = known(label);
        if (outcome !== undefined) {
          seen.set(label, outcome);
          continue;
        }
        read ??= { item: (await documents.send(new GetCommand({ TableName, Key: key, ConsistentRead: true }))).Item };
        const { item } = read;
        // What does not hold anyway is refused by itself.
        if (!holds(conditions, item as Item | undefined)) return;
        const changed = broken(condition, item, key);
        const rest = conditions.filter((one) => JSON.stringify(one) !== JSON.stringify(condition));
        if (!holds(rest, changed as Item | undefined)) {
          seen.set(label, false);
          continue;
        }
        isChanged = true;
        await put(changed);
        if (!(await isRefused(send, index)))
          throw new Error(`${label}: the change was made although that was no longer so.`);
        seen.set(label, true);
      }
    };
    await proveEach().finally(() => (isChanged ? put(read?.item) : undefined));
  }

  async function proveAll(command: string, input: object): Promise<void> {
    if (command === "TransactWriteItemsCommand") {
      const { TransactItems = [] } = input as TransactWriteCommandInput;
      const again = () => documents.send(new TransactWriteCommand({ TransactItems, ClientRequestToken: randomUUID() }));
      const before = new Map<string, number>();
      for (const [index, entry] of TransactItems.entries())
        for (const [kind, part] of Object.entries(entry) as [string, Part][])
          await prove(part, kind.toLowerCase(), index, again, before);
    }
    if (command === "UpdateItemCommand") {
      const update = input as UpdateCommandInput;
      await prove(update, "update alone", 0, () => documents.send(new UpdateCommand(update)), new Map());
    }
  }

  api.runtime.client.middlewareStack.add(
    (next, context) => async (args) => {
      if (!seen) return next(args);
      return alone(async () => {
        try {
          await proveAll(String(context["commandName"]), args.input);
        } catch (error) {
          failure ??= error;
          throw error;
        }
        return next(args);
      });
    },
    { step: "serialize", priority: "high", name: "prover" },
  );

  return async (work, knownBefore = () => undefined) => {
    seen = new Map();
    known = knownBefore;
    failure = undefined;
    try {
      await work().catch((error: unknown) => {
        throw failure ?? error;
      });
      if (failure !== undefined) throw failure;
      const labels = [...seen];
      const of = (proved: boolean): string[] =>
        labels.flatMap(([label, is]) => (is === proved ? [label] : [])).toSorted();
      return { caught: of(true), implied: of(false) };
    } finally {
      seen = null;
    }
  };
}
