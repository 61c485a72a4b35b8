import type { TransactWriteCommandInput } from "@aws-sdk/lib-dynamodb";
import type { Key } from "./keys.ts";
import type { Item } from "./units.ts";

type Scalar = string | number | boolean;

/**
 * What must be true of an item for a write to happen. Conditions are data, so that one description serves three times: as
 * DynamoDB's ConditionExpression, as the check of a dry run, and in tests.
 */
export type Condition =
  | { exists: boolean }
  /** Does not exist, or has passed its time to live (seconds), which DynamoDB may not have noticed yet. */
  | { freeAt: number }
  /** `null`: the attribute is absent. */
  | { attribute: string; is: Scalar | null }
  /** A counter that may never have been counted: absent stands for 0. */
  | { attribute: string; counts: number }
  | { attribute: string; atLeast: number }
  | { attribute: string; atMost: number };

interface Guarded {
  key: Key;
  when: readonly Condition[];
  /** What to throw when the condition fails; without it the change is stale and is worked out again from fresh reads. */
  otherwise?: Error;
}
export interface Put extends Guarded {
  kind: "put";
  item: Item;
}
export interface Update extends Guarded {
  kind: "update";
  /** null removes the attribute. */
  set: Item;
  add: Record<string, number>;
}
export interface Delete extends Guarded {
  kind: "delete";
}
/** Writes nothing: the change is made only as long as this is true of the item. */
export interface Check extends Guarded {
  kind: "check";
}
/** One write of a change. All writes of a change are one transaction. */
export type Write = Put | Update | Delete | Check;

/** The change was worked out from what is no longer true; work it out again. */
export class Stale extends Error {
  override name = "Stale";
}
/** The database asks to try again later: a conflicting transaction, or throttling. */
export class Contended extends Error {
  override name = "Contended";
}

const without = (item: Item): Item =>
  Object.fromEntries(Object.entries(item).filter(([, value]) => value !== null && value !== undefined));

/** An insert: refused where the key is taken. */
export const insert = (key: Key, item: Item, otherwise?: Error): Put => ({
  kind: "put",
  key,
  item: { ...without(item), ...key },
  when: [{ exists: false }],
  ...(otherwise && { otherwise }),
});
/** Puts an item in the place of one that must be there. */
export const replace = (key: Key, item: Item): Put => ({
  kind: "put",
  key,
  item: { ...without(item), ...key },
  when: [{ exists: true }],
});
/** Deletes an item that must be there and hold `attribute` as given. */
export const removeWhere = (key: Key, attribute: string, is: Scalar): Delete => ({
  kind: "delete",
  key,
  when: [{ attribute, is }],
});

/** DynamoDB allows one write per item in a transaction: updates of the same item become one, and so do its checks, alone or with an update. */
export function mergeUpdates(writes: readonly Write[]): Write[] {
  const merged = new Map<string, Write>();
  for (const write of writes) {
    const place = `${write.key.pk}\n${write.key.sk}`;
    const before = merged.get(place);
    if (before === undefined) merged.set(place, write);
    else if (write.kind === "check" && (before.kind === "check" || before.kind === "update"))
      merged.set(place, { ...before, when: [...before.when, ...write.when] });
    else if (before.kind === "check" && write.kind === "update")
      merged.set(place, { ...write, when: [...before.when, ...write.when] });
    else if (before.kind === "update" && write.kind === "update") {
      const add = { ...before.add };
      for (const [name, delta] of Object.entries(write.add)) add[name] = (add[name] ?? 0) + delta;
      merged.set(place, {
        ...before,
        set: { ...before.set, ...write.set },
        add,
        when: [...before.when, ...write.when],
      });
    } else throw new Error(`Two writes of one item: ${place}`);
  }
  return [...merged.values()];
}

interface Expression {
  names: Record<string, string>;
  values: Record<string, unknown>;
  name: (attribute: string) => string;
  value: (value: unknown) => string;
}

const expression = (): Expression => {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  return {
    names,
    values,
    name(attribute) {
      const placeholder = `#${attribute}`;
      names[placeholder] = attribute;
      return placeholder;
    },
    value(value) {
      const placeholder = `:v${Object.keys(values).length}`;
      values[placeholder] = value;
      return placeholder;
    },
  };
};

const conditionText = (condition: Condition, to: Expression): string => {
  if ("exists" in condition)
    return condition.exists ? `attribute_exists(${to.name("pk")})` : `attribute_not_exists(${to.name("pk")})`;
  if ("freeAt" in condition)
    return `(attribute_not_exists(${to.name("pk")}) OR ${to.name("expiresAt")} <= ${to.value(condition.freeAt)})`;
  const name = to.name(condition.attribute);
  if ("atLeast" in condition) return `${name} >= ${to.value(condition.atLeast)}`;
  if ("atMost" in condition) return `${name} <= ${to.value(condition.atMost)}`;
  if ("counts" in condition) {
    const same = `${name} = ${to.value(condition.counts)}`;
    return condition.counts === 0 ? `(attribute_not_exists(${name}) OR ${same})` : same;
  }
  return condition.is === null ? `attribute_not_exists(${name})` : `${name} = ${to.value(condition.is)}`;
};

type TransactItem = NonNullable<TransactWriteCommandInput["TransactItems"]>[number];

/** The parts that all kinds of writes share; called last, once every name and value is known. */
const guard = (TableName: string, ConditionExpression: string, to: Expression) => ({
  TableName,
  ...(ConditionExpression !== "" && { ConditionExpression }),
  // DynamoDB refuses empty maps.
  ...(Object.keys(to.names).length > 0 && { ExpressionAttributeNames: to.names }),
  ...(Object.keys(to.values).length > 0 && { ExpressionAttributeValues: to.values }),
});
const conditionsText = (write: Guarded, to: Expression): string =>
  write.when.map((condition) => conditionText(condition, to)).join(" AND ");

/** An update as DynamoDB takes it. */
export function toUpdate(TableName: string, update: Update) {
  const to = expression();
  const condition = conditionsText(update, to);
  const entries = Object.entries(update.set).filter(([, value]) => value !== undefined);
  const clauses: [word: string, parts: string[]][] = [
    [
      "SET",
      entries.filter(([, value]) => value !== null).map(([name, value]) => `${to.name(name)} = ${to.value(value)}`),
    ],
    ["REMOVE", entries.filter(([, value]) => value === null).map(([name]) => to.name(name))],
    ["ADD", Object.entries(update.add).map(([name, delta]) => `${to.name(name)} ${to.value(delta)}`)],
  ];
  const UpdateExpression = clauses
    .filter(([, parts]) => parts.length > 0)
    .map(([word, parts]) => `${word} ${parts.join(", ")}`)
    .join(" ");
  return { Key: update.key, UpdateExpression, ...guard(TableName, condition, to) };
}

/** One write as DynamoDB takes it in a transaction. */
export function toTransactItem(TableName: string, write: Write): TransactItem {
  if (write.kind === "update") return { Update: toUpdate(TableName, write) };
  const to = expression();
  const condition = conditionsText(write, to);
  if (write.kind === "put") return { Put: { Item: write.item, ...guard(TableName, condition, to) } };
  if (write.kind === "delete") return { Delete: { Key: write.key, ...guard(TableName, condition, to) } };
  const { ConditionExpression = "", ...names } = guard(TableName, condition, to);
  return { ConditionCheck: { Key: write.key, ConditionExpression, ...names } };
}

/** Whether a write's conditions hold for an item as it was read. The same answer that DynamoDB would give. */
export const holds = (conditions: readonly Condition[], item: Item | undefined): boolean =>
  conditions.every((condition) => {
    if ("exists" in condition) return (item !== undefined) === condition.exists;
    if ("freeAt" in condition)
      return item === undefined || (typeof item["expiresAt"] === "number" && item["expiresAt"] <= condition.freeAt);
    const value = item?.[condition.attribute];
    if ("atLeast" in condition) return typeof value === "number" && value >= condition.atLeast;
    if ("atMost" in condition) return typeof value === "number" && value <= condition.atMost;
    if ("counts" in condition) return (value ?? 0) === condition.counts;
    return condition.is === null ? value === undefined : value === condition.is;
  });

/** An item as it stands after an update, for counting units. */
export function afterUpdate(item: Item | undefined, { key, set, add }: Update): Item {
  const after: Item = { ...item, ...key, ...set };
  for (const [name, delta] of Object.entries(add))
    after[name] = (typeof after[name] === "number" ? after[name] : 0) + delta;
  return without(after);
}
