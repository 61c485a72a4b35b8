import { GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { CallOptions, Reply, TestApiSettings } from "../../support/api.ts";
import { type Book, openBook } from "./book.ts";
import { goodPassword } from "./post.ts";

type Body = Reply["body"];

/** What an enrolment proves itself by. */
export type Proof = { enrolmentKey: string } | { username: string; password: string };
/** A device that has enrolled, with its token. */
export interface Enrolled {
  id: string;
  name: string;
  machineId: string;
  customerId: string;
  accountId: string;
  token: string;
}

/** A book of business with computers in it. */
export interface Fleet extends Book {
  resellerId: string;
  /** Milliseconds since the epoch, by the clock of the handlers. */
  now: () => number;
  /** The same as a time of the API, so many milliseconds ahead. */
  at: (aheadMs?: number) => string;
  /** An end-customer of the reseller that authorises by itself. */
  customer: (more?: object) => Promise<Body>;
  /** A key of a customer, for devices on the plan `select`. */
  enrolmentKey: (customerId: string, more?: object) => Promise<Body>;
  /** A computer that nobody has seen. */
  machine: (more?: object) => Body;
  enrol: (proof: Proof, more?: object, query?: Record<string, string>) => Promise<Reply>;
  /** A device that has enrolled by a key of its customer: the one that is named, or one of its own. */
  device: (customerId?: string, more?: object) => Promise<Enrolled>;
  get: (id: string, options?: CallOptions) => Promise<Body>;
  getDevice: (id: string) => Promise<Body>;
  /** A parent account with a login, on the plan `select`, of a customer of its own. */
  login: (more?: object) => Promise<Body & { password: string }>;
  freshLogin: () => string;
  backup: (device: { token: string }, body?: object, query?: Record<string, string>) => Promise<Reply>;
  /** A backup set of a device, made by itself. */
  ownSet: (device: { token: string }, more?: object) => Promise<Body>;
  setInput: (more?: object) => Body;
  item: (pk: string, sk?: string) => Promise<Body>;
  deviceItem: (device: { id: string; customerId: string; accountId: string | null }) => Promise<Body>;
  /** Sets attributes of an item by hand. */
  setItem: (pk: string, set: Record<string, unknown>, sk?: string) => Promise<void>;
  /** The calls to the table that some work makes, but for the counts of requests and attempts. */
  callsDuring: (work: () => Promise<unknown>) => Promise<string[]>;
  /** What the reseller's log tells of one thing, newest first. */
  logged: (nodeId: string) => Promise<Body[]>;
}

/** Opens a book with a reseller whose devices are few. One per test file. */
export async function openFleet(settings?: TestApiSettings): Promise<Fleet> {
  const book = await openBook(settings);
  const { documents, tableName: TableName } = book.table;
  const { id: resellerId } = await book.create(book.provider.id, { level: "reseller" });
  let serial = 0;
  const fleet: Fleet = Object.assign(book, {
    resellerId,
    now: (): number => Date.now() + Number(process.env["TENANTRY_CLOCK_OFFSET_MS"] ?? 0),
    at: (aheadMs = 0): string => new Date(fleet.now() + aheadMs).toISOString(),
    customer: (more: object = {}) => book.create(resellerId, { autoAuthorize: true, ...more }),
    enrolmentKey: (id: string, more: object = {}) =>
      book.ok("createEnrolmentKey", { params: { id }, body: { name: "Office", plan: "select", ...more } }),
    machine: (more: object = {}) => {
      const name = `PC-${(serial += 1)}`;
      return { machineId: `id-of-${name}`, name, kind: "laptop", os: "Windows 11", ...more };
    },
    enrol: (proof: Proof, more?: object, query: Record<string, string> = {}) =>
      book.call("enrol", { body: { ...proof, ...fleet.machine(more) }, query }, { token: null }),
    async device(customerId?: string, more: object = {}) {
      const at = customerId ?? (await fleet.customer()).id;
      const { token: enrolmentKey } = await fleet.enrolmentKey(at);
      const { device, token } = await book.ok("enrol", { body: { enrolmentKey, ...fleet.machine(more) } });
      return { ...device, token };
    },
    getDevice: (id: string) => book.ok("getDevice", { params: { id } }),
    freshLogin: () => `login.${(serial += 1)}`,
    async login({ customerId, ...more }: { customerId?: string } = {}) {
      const body = {
        customerId: customerId ?? (await fleet.customer()).id,
        plan: "select",
        username: fleet.freshLogin(),
        password: goodPassword,
        contact: { name: "Ann", email: "ann@example.com" },
        ...more,
      };
      return { ...(await book.ok("createAccount", { body })), password: goodPassword };
    },
    backup: ({ token }: { token: string }, body: object = {}, query: Record<string, string> = {}) =>
      book.call("authorizeBackup", { body, query }, { token }),
    setInput: (more: object = {}) => ({
      name: `Set ${(serial += 1)}`,
      selection: { include: ["C:\\Users"] },
      ...more,
    }),
    ownSet: ({ token }: { token: string }, more: object = {}) =>
      book.ok("createOwnBackupSet", { body: fleet.setInput(more) }, { token }),
    async item(pk: string, sk = "@") {
      return (await documents.send(new GetCommand({ TableName, Key: { pk, sk }, ConsistentRead: true }))).Item;
    },
    deviceItem: ({ id, customerId, accountId }: { id: string; customerId: string; accountId: string | null }) =>
      fleet.item(customerId, `device#/${accountId ?? "-"}/${id}`),
    async setItem(pk: string, set: Record<string, unknown>, sk = "@") {
      const entries = Object.entries(set);
      await documents.send(
        new UpdateCommand({
          TableName,
          Key: { pk, sk },
          UpdateExpression: `SET ${entries.map((_, index) => `#n${index} = :v${index}`).join(", ")}`,
          ExpressionAttributeNames: Object.fromEntries(entries.map(([name], index) => [`#n${index}`, name])),
          ExpressionAttributeValues: Object.fromEntries(entries.map(([, value], index) => [`:v${index}`, value])),
          ConditionExpression: "attribute_exists(pk)",
        }),
      );
    },
    async callsDuring(work: () => Promise<unknown>) {
      const calls: string[] = [];
      const stack = book.runtime.client.middlewareStack;
      stack.add(
        (next, context) => (args) => {
          const name = String(context["commandName"]);
          if (name !== "UpdateItemCommand" || !/"(RATE|ACCESS)#/.test(JSON.stringify(args.input))) calls.push(name);
          return next(args);
        },
        { step: "initialize", name: "callsDuring" },
      );
      await work().finally(() => stack.remove("callsDuring"));
      return calls;
    },
    async logged(nodeId: string) {
      const { items } = await book.ok("listLog", { params: { id: resellerId }, query: { limit: "200" } });
      return items.filter(({ node }: Body) => node.id === nodeId);
    },
  });
  return fleet;
}
