import { BatchGetCommand, QueryCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { LogItem } from "../../shared/store/access/log-items.ts";
import type { TestTable } from "../support/dynamo.ts";
import { deviceComplaints } from "./device-invariants.ts";
import { ledgerComplaints } from "./ledger-invariants.ts";
import { baseOf, below, bothServices, type Level, normalised, selling, type Service } from "./model.ts";

export type Item = Record<string, unknown> & { pk: string; sk: string };

/** A customer's item as this file reads it. */
export interface StoredCustomer {
  pk: string;
  sk: string;
  id: string;
  version: number;
  parentId?: string;
  ancestors: string[];
  level: Level;
  name: string;
  isDefault: boolean;
  externalRef?: string;
  country: string;
  storageLocation: string;
  serviceType: Service;
  servicesToProvide: Service[];
  active: boolean;
  trialEndsAt?: string;
  trialNoticeAt?: string;
  trialExtendedAt?: string;
  deletedAt?: string;
  deletionId?: string;
  purgeAt?: string;
  spaceLimit?: number;
  spaceCommitted: number;
  spaceDrawn: number;
  spaceFree?: number;
  licenceLimit?: number;
  licenceCommitted: number;
  licenceDrawn: number;
  licenceFree?: number;
  deviceLimit?: number;
  vaultStatus?: "provisioning" | "ready" | "failed";
  vaultOrderedAt?: string;
  vaultAttempts: number;
}

/** Everything that the table holds, but for the log of access: refusals stand in it, and change nothing else. */
export async function dump({ documents, tableName }: TestTable): Promise<Item[]> {
  const items: Item[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await documents.send(
      new ScanCommand({ TableName: tableName, ConsistentRead: true, ...(ExclusiveStartKey && { ExclusiveStartKey }) }),
    );
    items.push(...((page.Items ?? []) as Item[]));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return items.filter(({ pk }) => !pk.startsWith("ACCESS#"));
}

/** Everything in some partitions. */
export async function partitions({ documents, tableName }: TestTable, pks: readonly string[]): Promise<Item[]> {
  const pages = await Promise.all(
    pks.map((pk) =>
      documents.send(
        new QueryCommand({
          TableName: tableName,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": pk },
        }),
      ),
    ),
  );
  return pages.flatMap(({ Items = [], LastEvaluatedKey }) => {
    if (LastEvaluatedKey) throw new Error("A partition of a test has more than one page.");
    return Items as Item[];
  });
}

/** Some items by partition key, those that stand alone in theirs. */
export async function lone({ documents, tableName }: TestTable, pks: readonly string[]): Promise<Item[]> {
  const found: Item[] = [];
  for (let start = 0; start < pks.length; start += 100) {
    const answer = await documents.send(
      new BatchGetCommand({
        RequestItems: {
          [tableName]: { ConsistentRead: true, Keys: pks.slice(start, start + 100).map((pk) => ({ pk, sk: "@" })) },
        },
      }),
    );
    found.push(...((answer.Responses?.[tableName] ?? []) as Item[]));
  }
  return found;
}

export const customersIn = (items: readonly Item[]): StoredCustomer[] =>
  items.filter(({ kind }) => kind === "customer") as unknown as StoredCustomer[];

/** The items, beside records and log, that a customer implies: guards, links in each view, timers. */
function implied(record: StoredCustomer, parent: StoredCustomer | undefined): Item[] {
  const { id, name, level, active, isDefault, parentId, trialEndsAt, trialNoticeAt, purgeAt } = record;
  const { vaultStatus, vaultOrderedAt = "", vaultAttempts } = record;
  const firstLook =
    vaultStatus === "provisioning" && vaultAttempts === 0
      ? new Date(Date.parse(vaultOrderedAt) + 120_000).toISOString()
      : undefined;
  const items: Item[] = [{ pk: `NAME#${normalised(name)}`, sk: "@", kind: "name", customerId: id }];
  if (parentId !== undefined && record.externalRef !== undefined)
    items.push({ pk: `REF#${parentId}#${record.externalRef}`, sk: "@", kind: "ref", customerId: id });
  for (const [timer, at] of [
    ["trial-end", trialEndsAt],
    ["trial-notice", trialNoticeAt],
    ["purge", purgeAt],
    ["vault-provision", firstLook],
  ] as const)
    if (at !== undefined) items.push({ pk: id, sk: `timer#${timer}`, kind: "timer", timer, at, dueSk: `${at}#${id}` });
  if (parentId === undefined || !parent) return items;
  const [base, exact] = [baseOf(name), normalised(name)];
  const byName = `${base}${base === exact ? "" : `\u0002${exact}`}\u0001${id}`;
  const views =
    record.deletedAt !== undefined
      ? [`deleted#${byName}`]
      : [
          `customer#${byName}`,
          ...bothServices
            .filter((type) => record.serviceType === type || record.servicesToProvide.includes(type))
            .map((type) => `created#${type}#${id}`),
          ...(below[parent.level].length > 1 ? [`level#${level}#${byName}`] : []),
          ...(active ? [] : [`inactive#${byName}`]),
          ...(trialEndsAt === undefined ? [] : [`trial#${byName}`]),
        ];
  const link = { kind: "link", id, name, level, active, inTrial: trialEndsAt !== undefined, isDefault };
  return [...items, ...views.map((sk) => ({ pk: parentId, sk, ...link }))];
}

const dayMs = 86_400_000;
/** Days before the end of a trial on which there is a notice (L1). */
const noticeDays = new Set([7, 3, 1]);

const place = ({ pk, sk }: { pk: string; sk: string }): string => `${pk} ${sk}`;

/**
 * What is wrong with a table, or with a part of it that is closed but for parents above. Everything is worked out again from the
 * customers' own records and levels; nothing of the product's code is used.
 */
export function complaints(
  items: readonly Item[],
  {
    whole,
    moves = false,
    hints = !moves,
    services = true,
  }: { whole: boolean; moves?: boolean; hints?: boolean; services?: boolean },
): string[] {
  const found: string[] = [];
  const records = customersIn(items);
  const byId = new Map(records.map((record) => [record.id, record]));
  const childrenOf = Map.groupBy(records, ({ parentId }) => parentId);

  for (const record of records) {
    const say = (what: string): void => void found.push(`${record.level} ${record.name} (${record.id}): ${what}`);
    const { parentId } = record;
    const parent = parentId === undefined ? undefined : byId.get(parentId);
    if (record.pk !== record.id || record.sk !== "@") say("stands under another key");
    if (parentId === undefined) {
      if (record.level !== "provider") say("has no parent");
    } else if (!parent) {
      if (whole) say("has a parent that does not exist");
    } else {
      if (!below[parent.level].includes(record.level)) say(`stands under a ${parent.level}`);
      const truth: string[] = [];
      for (let up: StoredCustomer | undefined = parent; up; up = up.parentId ? byId.get(up.parentId) : undefined)
        truth.push(up.id);
      if (hints && record.ancestors.slice(0, truth.length).join() !== truth.join()) say("has a wrong hint");
      if (services && record.deletedAt === undefined && parent.deletedAt === undefined && record.level !== "site") {
        if (!parent.servicesToProvide.includes(record.serviceType)) say("has a type that its parent may not provide");
        if (record.servicesToProvide.some((type) => !parent.servicesToProvide.includes(type)))
          say("may provide what its parent may not");
      }
    }
    if (!selling(record.level) && record.servicesToProvide.length > 0) say("provides services");
    const own = childrenOf.get(record.id) ?? [];
    if (record.level === "reseller" && own.filter(({ isDefault }) => isDefault).length !== 1 && !moves)
      say("has not exactly one Default Customer");
    if (record.isDefault && record.deletedAt !== undefined) say("is a deleted Default Customer");
    const { trialEndsAt, trialNoticeAt, deletedAt, purgeAt, deletionId } = record;
    if (trialNoticeAt !== undefined) {
      const days = trialEndsAt === undefined ? 0 : (Date.parse(trialEndsAt) - Date.parse(trialNoticeAt)) / dayMs;
      if (!noticeDays.has(days)) say(`has a notice ${days} days before the end of its trial`);
    }
    if (new Set([deletedAt, purgeAt, deletionId].map((value) => value === undefined)).size > 1)
      say("is deleted in part");
    if (whole || record.level !== "provider") {
      const space = own.reduce((sum, child) => sum + (child.spaceLimit ?? child.spaceCommitted), 0);
      // What is deleted has given its licences back, and keeps its space.
      const licences = own
        .filter(({ deletedAt }) => deletedAt === undefined)
        .reduce((sum, child) => sum + (child.licenceLimit ?? child.licenceCommitted), 0);
      if (record.spaceCommitted !== space) say(`spaceCommitted is ${record.spaceCommitted}, a recount gives ${space}`);
      if (record.licenceCommitted !== licences)
        say(`licenceCommitted is ${record.licenceCommitted}, a recount gives ${licences}`);
    }
    for (const [limit, used, free] of [
      [record.spaceLimit, record.spaceCommitted + record.spaceDrawn, record.spaceFree],
      [record.licenceLimit, record.licenceCommitted + record.licenceDrawn, record.licenceFree],
    ]) {
      if (limit !== undefined && (used ?? 0) > limit) say(`${used} of ${limit} are committed`);
      if (free !== (limit === undefined ? undefined : limit - (used ?? 0))) say(`free is ${free} with limit ${limit}`);
    }
  }

  const expected = new Map(
    records.flatMap((record) => {
      const parent = record.parentId === undefined ? undefined : byId.get(record.parentId);
      return implied(record, parent).map((item) => [place(item), item] as const);
    }),
  );
  for (const item of items.filter(({ kind }) => ["name", "ref", "link", "timer"].includes(String(kind)))) {
    // Those of keys, accounts, devices, the ledger and invoices are looked at where those are; those of reports nowhere.
    if (/^(key-expiry|device-purge|attention|account-.*|report|ledger|invoice)$/.test(String(item["timer"]))) continue;
    const wanted = expected.get(place(item));
    expected.delete(place(item));
    const { duePk, ...rest } = item;
    if (item["kind"] === "timer" && !new RegExp(`^${String(item["timer"])}#[0-7]$`).test(String(duePk)))
      found.push(`${place(item)}: is in no shard of its kind`);
    if (!wanted) found.push(`${place(item)}: follows from no record`);
    else if (canonical(rest) !== canonical(wanted))
      found.push(`${place(item)}: is ${canonical(rest)}, the record implies ${canonical(wanted)}`);
  }
  for (const missing of expected.keys()) found.push(`${missing}: is missing`);

  const entries = items
    .filter(({ kind }) => kind === "log")
    .map((item) => ({ nodePk: item["nodePk"], entry: LogItem.parse(item).entry }));
  for (const record of records) {
    // That a customer has left is told at the one that it stood under, which does not change by it.
    const about = entries.filter(({ entry }) => entry.node.id === record.id && entry.type !== "CustomerLeft");
    const created = record.isDefault ? 0 : 1;
    // Every version has one entry; a Default Customer is told of with its reseller.
    if (!moves && about.length !== record.version - 1 + created)
      found.push(`${record.name} (${record.id}): version ${record.version} has ${about.length} log entries`);
    if (about.filter(({ entry }) => /Created|Bootstrapped/.test(entry.type)).length !== created)
      found.push(`${record.name} (${record.id}): is not created exactly once in the log`);
    if (about.some(({ nodePk }) => nodePk !== record.id))
      found.push(`${record.name} (${record.id}): an entry is missing in its history`);
  }
  found.push(...deviceComplaints(items), ...ledgerComplaints(items, records));
  if (whole) found.push(...deletionComplaints(items, records));
  if (whole)
    for (const { entry } of entries)
      if (entry.node.id.startsWith("cus_") && !byId.has(entry.node.id))
        found.push(`log entry about ${entry.node.id}: the customer does not exist`);
  return found;
}

/** Every deleted customer has one open deletion in the report, that tells how many licences it gave back, and no other customer has. */
function deletionComplaints(items: readonly Item[], records: readonly StoredCustomer[]): string[] {
  const deleted = records
    .filter(({ deletedAt }) => deletedAt !== undefined)
    .map(({ id, deletionId, licenceLimit, licenceCommitted, licenceDrawn }) => {
      const licences = licenceLimit ?? licenceCommitted + licenceDrawn;
      return `deletion ${String(deletionId)} of ${id} that gave back ${licences}`;
    });
  const open = items
    .filter(({ kind, what, state }) => kind === "deletion" && what === "customer" && state === "deleted")
    .map(
      ({ id, nodeId, licences }) => `deletion ${String(id)} of ${String(nodeId)} that gave back ${String(licences)}`,
    );
  return [
    ...deleted.filter((one) => !open.includes(one)).map((one) => `${one}: is not in the report`),
    ...open.filter((one) => !deleted.includes(one)).map((one) => `${one}: follows from no record`),
  ];
}

const canonical = (item: Record<string, unknown>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1))));
