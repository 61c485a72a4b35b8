import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pMap from "p-map";

export type Json = Record<string, unknown>;
/** A change or a read over HTTP that must succeed. Paths begin behind `/v1`, or with `/_local`. */
export type Call = (method: string, path: string, body?: unknown) => Promise<Json>;

interface Target {
  url: string;
  adminKey: string | undefined;
}

async function request(
  { url, adminKey }: Target,
  method: string,
  path: string,
  body: unknown,
  key: string,
): Promise<{ status: number; json: Json }> {
  const local = path.startsWith("/_local");
  const answer = await fetch(`${url}${local ? "" : "/v1"}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${adminKey ?? ""}`,
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(method !== "GET" && !local && { "idempotency-key": key }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: (await answer.json()) as Json };
}

/** Calls once; every answer but a success is an error. */
export const callOnce =
  (target: Target): Call =>
  async (method, path, body) => {
    const { status, json } = await request(target, method, path, body, randomUUID());
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json)}`);
    return json;
  };

/** Repeats a call under the same idempotency key while there is no answer, or one that says to come again. */
export const callUntilAnswered =
  (target: Target, giveUpMs: number): Call =>
  async (method, path, body) => {
    const key = randomUUID();
    const began = Date.now();
    for (;;) {
      const answered = await request(target, method, path, body, key).catch((error: unknown) => String(error));
      if (typeof answered !== "string" && answered.status < 300) return answered.json;
      const said = typeof answered === "string" ? answered : `${answered.status} ${JSON.stringify(answered.json)}`;
      const again = typeof answered === "string" || answered.status === 503;
      if (!again || Date.now() - began > giveUpMs) throw new Error(`${method} ${path}: ${said}`);
      await sleep(50);
    }
  };

export interface SignedUp {
  customerId: string;
  accountId: string;
  /** Whom the mail goes to; no other account has the same. */
  address: string;
  mailId: string;
}

/** A reseller to sign customers up for. */
export async function createReseller(call: Call, name: string): Promise<string> {
  const reseller = { level: "reseller", name, email: "backup@reseller.example", country: "DE" };
  return String((await call("POST", "/customers", reseller))["id"]);
}

/**
 * Signs up accounts with temporary passwords, several clients at a time: of each four the first comes with a new customer, the second and
 * third are sub-accounts of it, and the fourth is a parent account for another plan.
 * @param done gets each account when its creation is answered
 */
export async function signUp(
  call: Call,
  resellerId: string,
  { accounts, clients, name }: { accounts: number; clients: number; name: string },
  done: SignedUp[] = [],
): Promise<SignedUp[]> {
  const create = async (label: string, place: object): Promise<{ id: string; customerId: string }> => {
    const address = `${label}@example.com`;
    const contact = { name: `Contact ${label}`, email: address };
    const made = await call("POST", "/accounts", { ...place, username: label, contact });
    const account = { id: String(made["id"]), customerId: String(made["customerId"]) };
    done.push({ ...account, accountId: account.id, address, mailId: String(made["detailsMailId"]) });
    return account;
  };
  let next = 0;
  const client = async (): Promise<void> => {
    for (let first = next; first < accounts; first = next) {
      next += 4;
      const label = (index: number): string => `${name}-${index}`;
      const customer = { parentId: resellerId, name: label(first), email: "office@example.com", country: "DE" };
      const parent = await create(label(first), { customer, plan: "select" });
      const others = [
        { parentAccountId: parent.id },
        { parentAccountId: parent.id },
        { customerId: parent.customerId, plan: "basic" },
      ];
      for (const [index, place] of others.slice(0, accounts - first - 1).entries())
        await create(label(first + 1 + index), place);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return done;
}

/** How many mails are in each state. */
export async function mailStates(call: Call, signedUp: readonly SignedUp[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const states = await pMap(signedUp, async ({ mailId }) => (await call("GET", `/mails/${mailId}`))["state"], {
    concurrency: 16,
  });
  for (const state of states) counts[String(state)] = (counts[String(state)] ?? 0) + 1;
  return counts;
}

/** Addresses in order, each as often as a mail was sent to it. */
export const recipients = (mails: readonly { to: string }[]): string[] => mails.map(({ to }) => to).sort();

/** The temporary password that a mail holds, in English. */
export const temporaryPasswordIn = (text: string | null): string | undefined =>
  /^Temporary password: (\S+)$/m.exec(text ?? "")?.[1];
