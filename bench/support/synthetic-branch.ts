import { BatchGetCommand, type DynamoDBDocumentClient, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { newDevice } from "../../shared/domain/devices/device.ts";
import { accountKey, customerKey, deviceKey, linkKey } from "../../shared/store/table/keys.ts";
import { itemBytes } from "../../shared/store/table/units.ts";

/*
 * A branch that is worked out instead of stored: a distributor with resellers of a hundred customers, each of which has a hundred devices. It answers
 * the reads of the table in pages, as DynamoDB does, and holds nothing.
 */

type Item = Record<string, unknown>;
const hundred = 100;
const id = (prefix: string, kind: number, nth: number): string => `${prefix}_0${kind}${String(nth).padStart(24, "0")}`;
const distributorId = id("cus", 0, 0);
const resellerId = (nth: number): string => id("cus", 1, nth);
const customerId = (nth: number): string => id("cus", 2, nth);
const createdAt = "2026-01-01T00:00:00.000Z";

const customer = (own: string, level: string, name: string, ancestors: readonly string[], counters: object): Item => ({
  ...customerKey(own),
  kind: "customer",
  id: own,
  version: 1,
  level,
  name,
  ...(ancestors[0] !== undefined && { parentId: ancestors[0] }),
  ancestors,
  isDefault: false,
  email: "office@example.com",
  country: "DE",
  storageLocation: "DE",
  serviceType: "all-inclusive",
  servicesToProvide: ["all-inclusive"],
  active: true,
  autoAuthorize: true,
  emailReports: false,
  settings: {},
  createdAt,
  updatedAt: createdAt,
  ...counters,
});

export interface SyntheticBranch {
  topId: string;
  /** Answers reads of the branch. */
  client: DynamoDBDocumentClient;
  /** Bytes of all items that it has answered so far, as DynamoDB counts them. */
  bytesRead(): number;
}

/** A branch of so many devices. */
export function syntheticBranch(devices: number): SyntheticBranch {
  let bytesRead = 0;
  const customers = Math.ceil(devices / hundred);
  const resellers = Math.ceil(customers / hundred);
  const devicesIn = (nth: number): number => Math.min(hundred, devices - nth * hundred);
  const customersIn = (nth: number): number => Math.min(hundred, customers - nth * hundred);
  const provider = id("cus", 9, 0);
  const counters = { usedBytes: devices * 1e9, deviceCount: devices };

  const recordOf = (pk: string): Item | undefined => {
    const [kind, nth] = [Number(pk[5]), Number(pk.slice(6))];
    if (pk === provider) return customer(pk, "provider", "Provider", [], counters);
    if (kind === 0) return customer(pk, "distributor", "Distributor", [provider], counters);
    if (kind === 1) return customer(pk, "reseller", `Reseller ${nth}`, [distributorId, provider], counters);
    const above = [resellerId(Math.floor(nth / hundred)), distributorId, provider];
    return customer(pk, "end-customer", `Customer ${nth}`, above, { usedBytes: devicesIn(nth) * 1e9 });
  };
  const link = (parent: string, own: string, name: string, level: string): Item => ({
    ...linkKey(parent, { by: "name" }, { id: own, name }),
    kind: "link",
    id: own,
    name,
    level,
    active: true,
    inTrial: false,
    isDefault: false,
  });
  const device = (of: number, nth: number): Item => {
    const place = {
      id: id("dev", 3, of * hundred + nth),
      customerId: customerId(of),
      accountId: id("acc", 4, of),
      plan: null,
      state: "active" as const,
    };
    const machine = {
      machineId: `machine-${of}-${nth}`,
      name: `PC-${nth}`,
      kind: "workstation" as const,
      os: "Windows 11",
    };
    const made = newDevice(machine, place, Date.parse(createdAt));
    const bad = (of + nth) % 20 === 0;
    const record = {
      ...made,
      licensed: true,
      usedBytes: 1e9 + nth,
      lastSeenAt: "2026-11-26T20:00:00.000Z",
      lastSuccessAt: "2026-11-26T20:00:00.000Z",
      attention: bad ? [{ code: "backup_failed" as const, since: "2026-11-20T20:00:00.000Z" }] : [],
    };
    const kept = Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
    return { ...deviceKey(place.customerId, place.accountId, place.id), kind: "device", ...kept };
  };
  const account = (of: number): Item => ({
    ...accountKey(customerId(of), id("acc", 4, of)),
    kind: "account",
    id: id("acc", 4, of),
    customerId: customerId(of),
    username: `login.${of}`,
    passwordHash: "x".repeat(120),
  });

  /** The items of a partition whose sort keys begin with a prefix, in order, one by one. */
  function* itemsOf(pk: string, prefix: string): Generator<Item> {
    const [kind, nth] = [Number(pk[5]), Number(pk.slice(6))];
    if (prefix.startsWith("customer#") && kind === 0) {
      const all = Array.from({ length: resellers }, (_, of) => link(pk, resellerId(of), `Reseller ${of}`, "reseller"));
      yield* all.toSorted((one, other) => (String(one["sk"]) < String(other["sk"]) ? -1 : 1));
    }
    if (prefix.startsWith("customer#") && kind === 1) {
      const all = Array.from({ length: customersIn(nth) }, (_, of) => {
        const own = nth * hundred + of;
        return link(pk, customerId(own), `Customer ${own}`, "end-customer");
      });
      yield* all.toSorted((one, other) => (String(one["sk"]) < String(other["sk"]) ? -1 : 1));
    }
    if (prefix.startsWith("device#") && kind === 2)
      for (let of = 0; of < devicesIn(nth); of += 1) yield device(nth, of);
    if (prefix.startsWith("account#") && kind === 2) yield account(nth);
  }

  const query = ({ input }: QueryCommand) => {
    const values = input.ExpressionAttributeValues ?? {};
    const after = String(input.ExclusiveStartKey?.["sk"] ?? "");
    const limit = input.Limit ?? hundred;
    const items: Item[] = [];
    for (const item of itemsOf(String(values[":pk"]), String(values[":prefix"]))) {
      if (String(item["sk"]) <= after) continue;
      if (items.length === limit) {
        const last = items.at(-1);
        return { Items: items, LastEvaluatedKey: { pk: last?.["pk"], sk: last?.["sk"] } };
      }
      items.push(item);
    }
    return { Items: items };
  };
  const batch = ({ input }: BatchGetCommand) => {
    const [[table = "", { Keys = [] } = {}] = []] = Object.entries(input.RequestItems ?? {});
    const found = Keys.flatMap<Item>(({ pk, sk }) => (sk === "@" ? (recordOf(String(pk)) ?? []) : []));
    return { Responses: { [table]: found } };
  };
  const counted = (items: readonly Item[]): void => {
    for (const item of items) bytesRead += itemBytes(item);
  };
  const send = (command: unknown): Promise<unknown> => {
    if (command instanceof QueryCommand) {
      const answer = query(command);
      counted(answer.Items);
      return Promise.resolve(answer);
    }
    if (command instanceof BatchGetCommand) {
      const answer = batch(command);
      for (const items of Object.values(answer.Responses)) counted(items);
      return Promise.resolve(answer);
    }
    return Promise.reject(new Error("A report only reads."));
  };
  return {
    topId: distributorId,
    client: { send } as unknown as DynamoDBDocumentClient,
    bytesRead: () => bytesRead,
  };
}
