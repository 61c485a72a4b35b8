import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { GetCommand, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import { addressKey, userKey } from "../../../shared/store/table/keys.ts";
import { itemBytes, type Item } from "../../../shared/store/table/units.ts";
import { suppressAddress } from "../../../shared/store/mail/addresses.ts";
import { openPeople, type People } from "../stages/people.ts";

/*
 * Whoever asks for another password must not learn by the time of the answer whether there is such a user. Time cannot be tested on a busy machine;
 * what the operation asks of the table and of the seal can.
 */
let people: People;
let line: Awaited<ReturnType<People["line"]>>;
beforeAll(async () => {
  people = await openPeople();
  line = await people.line();
});

interface Input {
  RequestItems?: Record<string, { Keys: unknown[] }>;
  TransactItems?: Record<string, { Item?: Item } | undefined>[];
}
/** One call: its command, and of how many keys, or which writes, it is made. */
const callOf = (input: Input, name: string): string => {
  const keys = Object.values(input.RequestItems ?? {}).map(({ Keys }) => Keys.length);
  const writes = (input.TransactItems ?? []).map((item) => Object.keys(item).join(","));
  return [name, ...keys, ...writes.toSorted()].join(" ");
};
let place = 0;
/** Asks for another password of a name from a new address. @returns the answer, the calls in order, and the sizes of what it puts, in kB */
async function ask(username: string, query: Record<string, string> = {}) {
  place += 1;
  const calls: string[] = [];
  const sizes: number[] = [];
  const seals: string[] = [];
  const { middlewareStack } = people.runtime.client;
  middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        const input = args.input as Input;
        calls.push(callOf(input, String(commandName)));
        for (const { Put } of input.TransactItems ?? [])
          if (Put?.Item) sizes.push(Math.ceil(itemBytes(Put.Item) / 1024));
        return next(args);
      },
    { step: "initialize", name: "calls" },
  );
  const sealed = (message: unknown): void => {
    const { command } = message as { command: string };
    if (command === "EncryptCommand") seals.push(command);
  };
  subscribe("tenantry:aws-call", sealed);
  const reply = await people.call(
    "requestPasswordReset",
    { body: { username }, query },
    { token: null, sourceIp: `192.0.2.${place}` },
  );
  middlewareStack.remove("calls");
  unsubscribe("tenantry:aws-call", sealed);
  return { status: reply.status, body: reply.body, calls, sizes: sizes.toSorted(), seals };
}
/** All that the table holds about users and mails, and the log. */
async function held(): Promise<Item[]> {
  const { documents, tableName: TableName } = people.table;
  const { Items = [] } = await documents.send(new ScanCommand({ TableName, ConsistentRead: true }));
  return Items.filter(({ kind }) => ["user", "mail", "log", "address", "session"].includes(String(kind)));
}
/** A name in lower case that nobody has: the same length as those of users has nothing to do with it. */
let nth = 0;
const nobody = (): string => `nobody.${(nth += 1)}`;

describe("asking for another password makes the same calls", () => {
  let known: Awaited<ReturnType<typeof ask>>;
  let user: { id: string; username: string; email: string };
  beforeAll(async () => {
    user = await people.user(line.reseller.id, "viewer");
    known = await ask(user.username);
    expect(known.calls.filter((call) => call.startsWith("TransactWrite"))).toHaveLength(1);
    expect(known.seals).toHaveLength(1);
  });
  const expectAlike = async (username: string): Promise<void> => {
    const before = await held();
    expect(await ask(username)).toEqual(known);
    expect(await held()).toEqual(before);
  };

  test("for a name that nobody has, the first time and again", async () => {
    const name = nobody();
    await expectAlike(name);
    await expectAlike(name);
    expect(await ask(user.username)).toEqual(known);
  });

  test("for a user without access, or who has not accepted the invitation", async () => {
    const one = await people.user(line.reseller.id, "viewer");
    await people.ok("updateUser", { params: { id: one.id }, body: { active: false } });
    await expectAlike(one.username);
    const { user: invited } = await people.invited(line.reseller.id, "viewer");
    await expectAlike(invited.username);
  });

  test("for a user whose address takes no mail, and the answer does not name it", async () => {
    const one = await people.user(line.reseller.id, "viewer");
    const { documents, tableName: TableName } = people.table;
    const { item } = suppressAddress(one.email, { reason: "bounced", at: new Date(people.now()).toISOString() });
    await documents.send(new PutCommand({ TableName, Item: item }));
    await expectAlike(one.username);
    expect(item["pk"]).toBe(addressKey(one.email).pk);
  });

  test("for a user of a branch that is sent no mail", async () => {
    const branch = await people.line();
    const one = await people.user(branch.reseller.id, "viewer");
    await people.ok("updateSettings", { params: { id: branch.reseller.id }, body: { mail: { enabled: false } } });
    await expectAlike(one.username);
  });

  test("in a rehearsal, which writes nothing for anybody", async () => {
    const dryRun = { dryRun: "true" };
    const before = await held();
    const [one, other] = [await ask(user.username, dryRun), await ask(nobody(), dryRun)];
    expect(other).toEqual(one);
    expect(one.calls.filter((call) => call.startsWith("TransactWrite"))).toEqual([]);
    expect(await held()).toEqual(before);
  });
});

test("what is written for a name that nobody has is gone after a quarter of an hour, and does not hold the name", async () => {
  const name = "pass word in the wrong field";
  await ask(name);
  const { documents, tableName: TableName } = people.table;
  const { Items = [] } = await documents.send(new ScanCommand({ TableName, ConsistentRead: true }));
  const decoys = Items.filter(({ kind }) => kind === "decoy");
  expect(decoys.length).toBeGreaterThanOrEqual(3);
  const soon = Math.ceil((people.now() + 15 * 60_000) / 1000);
  for (const { expiresAt } of decoys) expect(Number(expiresAt)).toBeLessThanOrEqual(soon);
  expect(JSON.stringify(decoys)).not.toContain(name.replaceAll(" ", ""));
  expect(JSON.stringify(decoys)).not.toContain(name);
});

test("requests side by side are all answered alike, whoever is asked for", async () => {
  const { username, id } = await people.user(line.reseller.id, "viewer");
  for (const name of [username, nobody()]) {
    const replies = await Promise.all(
      [1, 2, 3].map((last) =>
        people.call(
          "requestPasswordReset",
          { body: { username: name } },
          { token: null, sourceIp: `203.0.113.${last}` },
        ),
      ),
    );
    expect(replies.map(({ status, body }) => [status, body])).toEqual(replies.map(() => [202, { accepted: true }]));
  }
  const { documents, tableName: TableName } = people.table;
  const { Item: after } = await documents.send(new GetCommand({ TableName, Key: userKey(id), ConsistentRead: true }));
  expect(after?.["passwordReset"]).toEqual(expect.objectContaining({ expiresAt: expect.any(String) as string }));
});
