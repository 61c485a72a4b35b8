import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { TableRecord } from "../../fleet/table-stream.ts";
import { type Draw, drawFrom } from "../../support/random.ts";
import { sized } from "../../support/size.ts";
import type { Reply } from "../../support/api.ts";
import { type Finding, openFinding } from "../stages/finding.ts";

/* Random changes of a branch, whose entries are filed late, twice and in any order: once all have come, the index says what the records say. */
const seed = Number(process.env["SEARCH_SEED"] ?? Date.now() % 1_000_000);
const steps = sized(60, 1_200);

let stage: Finding;
beforeAll(async () => {
  stage = await openFinding();
  const settings = { moves: { mergeAndSplit: true }, deletion: { customersPerHour: 10_000 } };
  await stage.ok("updateSettings", { params: { id: stage.provider.id }, body: settings });
  for (const level of ["error", "warn"] as const)
    vi.spyOn(stage.runtime.logger, level).mockImplementation((() => undefined) as never);
});
afterAll(() => stage.close());

const syllables = ["Mül", "ler", " ", "łód", "-", "Ё", "Dr. ", "牙", "x"];

/** Customers, accounts and devices that were made, whatever has become of them, and random changes of them. */
function changes(draw: Draw) {
  const of: Record<"sellers" | "customers" | "accounts" | "devices" | "contacts", string[]> = {
    sellers: [],
    customers: [],
    accounts: [],
    devices: [],
    contacts: [],
  };
  const one = (kind: keyof typeof of): string => of[kind][draw(of[kind].length)] ?? "cus_01JZX0N4Y8M1Q2R3S4T5V6W7X8";
  const name = (): string =>
    Array.from({ length: 1 + draw(5) }, () => syllables[draw(syllables.length)]).join("") + stage.freshLogin();
  const email = (): string => `m${draw(9)}@example.com`;
  const known = (kind: keyof typeof of, { status, body }: Reply): void => {
    if (status === 201) of[kind].push(body.id);
  };
  const moves = async (reply: Reply): Promise<void> => {
    if (reply.status === 202) await stage.ended(reply);
  };
  const confirmed = async (
    operation: "deleteCustomer" | "deleteAccount" | "deleteDevice",
    get: "getCustomer" | "getAccount" | "getDevice",
    id: string,
  ) => {
    const { body } = await stage.call(get, { params: { id } });
    await stage.call(operation, { params: { id }, query: { confirm: body.name ?? body.username ?? "" } });
  };
  const ref = (): string | null => (draw(2) === 0 ? null : `R-${stage.freshLogin()}`);
  const made = async (): Promise<void> => {
    known("sellers", await stage.tryCreate(stage.provider.id, { level: "reseller", name: name() }));
    known("customers", await stage.tryCreate(one("sellers"), { name: name(), email: email(), autoAuthorize: true }));
    const contact = { name: name().slice(0, 40), email: email() };
    const account = { username: stage.freshLogin(), password: "a ladder by the barn", plan: "select", contact };
    const first = await stage.call("createAccount", { body: { customerId: one("customers"), ...account } });
    known("accounts", first);
    if (first.status === 201) of.contacts.push(first.body.contactId);
    known(
      "accounts",
      await stage.call("createAccount", {
        body: { ...account, plan: undefined, username: stage.freshLogin(), parentAccountId: one("accounts") },
      }),
    );
    known(
      "devices",
      await stage.call("createDevice", { body: { accountId: one("accounts"), ...stage.machine({ name: name() }) } }),
    );
  };
  const random: [weight: number, change: () => Promise<unknown>][] = [
    [4, made],
    [3, () => stage.patch(one("customers"), { name: name(), externalRef: ref() })],
    [2, () => stage.patch(one("sellers"), { email: email() })],
    [2, () => stage.call("updateAccount", { params: { id: one("accounts") }, body: { username: stage.freshLogin() } })],
    [
      2,
      () => stage.call("updateDevice", { params: { id: one("devices") }, body: { name: name(), externalRef: ref() } }),
    ],
    [2, () => stage.call("updateContact", { params: { id: one("contacts") }, body: { name: name(), email: email() } })],
    [3, () => stage.call("moveCustomer", { params: { id: one("customers") }, body: { parentId: one("sellers") } })],
    [
      3,
      async () =>
        moves(
          await stage.call("moveAccounts", {
            body: { ids: [one("accounts")], customerId: one("customers"), onSamePlan: "sub-account" },
          }),
        ),
    ],
    [
      2,
      async () =>
        moves(await stage.call("moveDevices", { body: { ids: [one("devices")], accountId: one("accounts") } })),
    ],
    [
      1,
      async () =>
        moves(
          await stage.call("mergeCustomer", {
            params: { id: one("customers") },
            body: { fromCustomerId: one("customers"), quotas: "sum", onSamePlan: "sub-account" },
          }),
        ),
    ],
    [1, () => stage.call("replaceDevice", { params: { id: one("devices") }, body: { by: one("devices") } })],
    [1, () => confirmed("deleteCustomer", "getCustomer", one("customers"))],
    [1, () => confirmed("deleteAccount", "getAccount", one("accounts"))],
    [1, () => confirmed("deleteDevice", "getDevice", one("devices"))],
    [1, () => stage.call("restoreCustomer", { params: { id: one("customers") } })],
    [1, () => stage.call("restoreAccount", { params: { id: one("accounts") } })],
    [
      1,
      async () => {
        stage.advance(31 * 86_400_000);
        await stage.invoke("functions/schedule/sweep-purges.ts", {}).catch(() => undefined);
      },
    ],
  ];
  const all = random.flatMap(([weight, change]) => Array.from({ length: weight }, () => change));
  return { made, next: () => all[draw(all.length)]?.() };
}

test(
  `${steps} random changes, whose entries come late, twice and in any order (seed ${seed})`,
  { timeout: sized(1, 10) * 600_000 },
  async () => {
    const draw = drawFrom(seed);
    const { made, next } = changes(draw);
    for (let nth = 0; nth < 4; nth += 1) await made();
    let kept: TableRecord[] = [];
    /** Files entries one by one, side by side, and forgets what has failed: it has a timer. */
    const file = (records: readonly TableRecord[]) => Promise.allSettled(records.map((record) => stage.file([record])));
    for (let step = 1; step <= steps; step += 1) {
      const filing = draw(3) === 0 ? file(kept.filter(() => draw(2) === 0)) : null;
      await next();
      await filing;
      kept.push(...(await stage.entries()));
      // Some are lost, and some are kept and come again.
      if (draw(4) === 0) kept = kept.filter(() => draw(3) > 0);
      if (step % 20 > 0 && step < steps) continue;
      await file(kept.toSorted(() => draw(3) - 1));
      kept = [];
      for (let turn = 0; turn < 3; turn += 1) {
        stage.advance(16 * 60_000);
        await stage.invoke("functions/schedule/sweep-log-copies.ts", {});
        await stage.sweep();
      }
      expect([step, await stage.amiss()]).toEqual([step, []]);
    }
  },
);
