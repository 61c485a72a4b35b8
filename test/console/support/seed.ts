import { setTimeout as sleep } from "node:timers/promises";
import type { LocalStack } from "../../../local/run/start-local.ts";

/** Who looks at the console. */
export const roles = ["provider", "support", "reseller", "operator", "viewer", "customer", "account"] as const;
export type Role = (typeof roles)[number];

export interface Login {
  username: string;
  password: string;
}
/** What the specs find. Everything here can be sent from one process to another. */
export interface Stage {
  url: string;
  adminKey: string;
  /** The table behind it, for what takes months to come about. */
  table: { endpoint: string; credentials: { accessKeyId: string; secretAccessKey: string }; tableName: string };
  provider: { id: string; name: string };
  reseller: { id: string; name: string };
  /** Another one, of which the first one's people must see nothing. */
  rival: { id: string; name: string };
  /** An end-customer of the reseller, with an account and devices. */
  customer: { id: string; name: string };
  trial: { id: string; name: string };
  account: { id: string; username: string };
  device: { id: string; name: string };
  logins: Record<Role, Login>;
}

interface Thing {
  id: string;
  name: string;
  username: string;
  customerId: string;
}
const password = "seven otters at noon";

/** Calls the API as the provider's first key. @throws Error where it is refused */
export async function callApi(
  { url, adminKey }: Pick<Stage, "url" | "adminKey">,
  method: string,
  path: string,
  body?: unknown,
): Promise<Thing> {
  const answer = await fetch(`${url}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Thing;
}

/** Makes the small branch, and people with passwords. */
export async function seed(stack: LocalStack): Promise<Stage> {
  const { url, adminKey } = stack;
  if (adminKey === undefined) throw new Error("There is no first key.");
  const call = (method: string, path: string, body?: unknown) => callApi({ url, adminKey }, method, path, body);
  const { scope } = (await call("GET", "/me")) as unknown as { scope: Thing };
  const seller = (name: string, email: string) =>
    call("POST", "/customers", {
      level: "reseller",
      name,
      email,
      country: "DE",
      space: { limitBytes: 20e12 },
      licences: { limit: 60 },
      branding: { color: "#0f766e" },
    });
  const reseller = await seller("Nussbaum IT", "backup@nussbaum.example");
  const rival = await seller("Harbour Light Computing", "backup@harbour.example");
  const buyer = (name: string, more: object = {}) =>
    call("POST", "/customers", {
      parentId: reseller.id,
      name,
      email: "office@kunde.example",
      country: "DE",
      space: { limitBytes: 2e12 },
      autoAuthorize: true,
      ...more,
    });
  const customer = await buyer("Gasthof Post", { contactName: "Vera Linde", phone: "+49 89 1234567" });
  const trial = await buyer("Praxis Linde", { inTrial: true });
  for (const name of ["Autohaus Berger", "Bäckerei Sommer", "Weinhandel Traube"])
    await buyer(name, { country: "AT", storageLocation: "DE" });
  await call("POST", "/customers", {
    parentId: rival.id,
    name: "Quayside Ltd",
    email: "office@quay.example",
    country: "GB",
  });

  const account = await call("POST", "/accounts", {
    customerId: customer.id,
    plan: "select",
    username: "vera@post.example",
    password,
    contact: { name: "Vera Linde", email: "vera@post.example" },
  });
  const devices: Thing[] = [];
  for (const [nth, name] of ["EMPFANG-1", "KUECHE", "BUERO-SERVER"].entries())
    devices.push(
      await call("POST", "/devices", {
        accountId: account.id,
        machineId: `seed-machine-${nth}`,
        name,
        kind: nth === 2 ? "server" : "workstation",
        os: nth === 2 ? "Windows Server 2025" : "Windows 11",
      }),
    );
  const [device] = devices;
  if (!device) throw new Error("There is one.");

  const people = [
    ["provider", scope.id, "admin", "Ada Anbieter", "ada@provider.example"],
    ["support", scope.id, "support", "Sven Anbieter", "sven@provider.example"],
    ["reseller", reseller.id, "admin", "Rita Nussbaum", "rita@nussbaum.example"],
    ["operator", reseller.id, "operator", "Olga Nussbaum", "olga@nussbaum.example"],
    ["viewer", reseller.id, "viewer", "Viktor Nussbaum", "viktor@nussbaum.example"],
    ["customer", customer.id, "admin", "Karl Post", "karl@post.example"],
  ] as const;
  const logins: Partial<Record<Role, Login>> = { account: { username: account.username, password } };
  const invited = new Map<string, Role>();
  for (const [role, customerId, right, name, email] of people) {
    const { id } = await call("POST", "/users", { customerId, role: right, name, email });
    invited.set(id.slice("usr_".length), role);
    logins[role] = { username: email, password };
  }
  // Each is let in by the code from the mail, as real people are.
  for (const [user] of invited) {
    const code = new RegExp(`tc_${user}_[\\w-]{43}`);
    let found: string | undefined;
    for (let waited = 0; found === undefined && waited < 30_000; waited += 50) {
      found = stack
        .mail()
        .map(({ text }) => code.exec(text ?? "")?.[0])
        .find((one) => one !== undefined);
      if (found === undefined) await sleep(50);
    }
    await call("POST", "/invitations/accept", { code: found, password });
  }
  await stack.settle();
  const named = ({ id, name }: Thing): { id: string; name: string } => ({ id, name });
  return {
    url,
    adminKey,
    table: { ...stack.database, tableName: stack.tableName },
    provider: named(scope),
    reseller: named(reseller),
    rival: named(rival),
    customer: named(customer),
    trial: named(trial),
    account: { id: account.id, username: account.username },
    device: named(device),
    logins: logins as Record<Role, Login>,
  };
}
