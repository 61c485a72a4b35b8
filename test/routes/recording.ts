import type { OperationId } from "../../functions/routes.ts";
import { routes } from "../../functions/routes.ts";
import type { Contract } from "../../shared/http/contract.ts";
import type { OperationExample } from "../../shared/http/description/openapi.ts";
import { type Request, startTestApi, type TestApi } from "../support/api.ts";
import {
  deletedCustomer,
  examples,
  freshAccount,
  freshDevice,
  freshPerson,
  freshServer,
  freshService,
  providerOnly,
  type World,
} from "./examples.ts";

const first =
  "Alpine Amber Birch Cedar Coastal Delta Eastgate Falcon Garden Harbour Iris Juniper Lakeside Maple Northern Oak Pine Riverside Summit Willow".split(
    " ",
  );
const second =
  "Dental,Logistics,Architects,Foods,Legal,Print,Motors,Books,Pharmacy,Textiles,Energy,Consulting,Studio,Travel,Gardens".split(
    ",",
  );

/** Names of companies that nobody has, each once. */
function companyNames(): () => string {
  let nth = 0;
  return () => {
    const name = `${first[nth % first.length]} ${second[Math.floor(nth / first.length) % second.length]}`;
    const round = Math.floor(nth / (first.length * second.length));
    nth += 1;
    return round === 0 ? name : `${name} ${round + 1}`;
  };
}

/**
 * Builds what the examples work on.
 * @returns it, an account of it, and the credential that an operation's example is sent with
 */
export async function openWorld(api: TestApi, freshName: () => string) {
  const create = async (parentId: string, more: object): Promise<string> => {
    const body = { parentId, name: freshName(), email: "office@example.com", country: "DE", ...more };
    return (await api.ok("createCustomer", { body })).id;
  };
  const settings = { deletion: { customersPerHour: 10_000 }, moves: { mergeAndSplit: true } };
  await api.ok("updateSettings", { params: { id: api.provider.id }, body: settings });
  const distributor = await create(api.provider.id, { level: "distributor" });
  const resellerId = await create(distributor, { level: "reseller", space: { limitBytes: 1e12 } });
  const endCustomerId = await create(resellerId, {});
  const account = await freshAccount({ api, freshName }, resellerId);
  await freshService({ api, freshName }, endCustomerId);
  const device = await freshDevice({ api, freshName }, resellerId);
  const keyOf = async (customerId: string, role: string): Promise<string> =>
    (await api.ok("createApiKey", { body: { customerId, role, name: freshName() } })).token;
  const gone = await create(resellerId, {});
  const { name } = await api.ok("getCustomer", { params: { id: gone } });
  await deletedCustomer({ api }, { id: gone, name });
  const admin = await keyOf(resellerId, "admin");
  const support = await keyOf(api.provider.id, "support");
  const colleague = await keyOf(resellerId, "admin");
  const server = await freshServer({ api, freshName }, resellerId);
  const person = await freshPerson({ api, resellerId, freshName });
  const world: World = { api, resellerId, endCustomerId, foreign: {}, freshName, device, server, colleague, person };
  const tokenFor = (id: OperationId): string | null => {
    const { permission }: Contract = routes[id];
    if (permission === "public") return null;
    if (permission === "self") return world.person.token;
    if (permission === "device") return device.token;
    if (permission === "server") return server.token;
    if (permission === "support:write") return support;
    return providerOnly.includes(id) ? api.token : admin;
  };
  return { world, account, tokenFor };
}

/** Sends the example of every operation to a fresh installation, and answers what a reader is shown of request and answer. */
export async function recordExamples(ids: readonly OperationId[]): Promise<Record<string, OperationExample>> {
  const api = await startTestApi();
  const freshName = companyNames();
  const begun = api.runtime.clock();
  const shown = presentation(begun);
  const { world, account, tokenFor } = await openWorld(api, freshName);
  const { device } = world;

  await api.ok("reportJob", await examples.reportJob(world), { token: device.token });
  await api.ok("createEnrolmentKey", await examples.createEnrolmentKey(world));
  await api.ok("createApiKey", await examples.createApiKey(world));
  const ofDevice = { params: { id: device.id } };
  /** Requests whose answers show more than those that tests are made of. */
  const telling: Partial<Record<OperationId, Request>> = {
    listDevices: { query: { customerId: device.customerId } },
    listAccounts: { query: { customerId: account.customerId } },
    listContacts: { query: { customerId: account.customerId } },
    listBackupSets: { query: { deviceId: device.id } },
    listDeviceJobs: { ...ofDevice, query: { type: "backup" } },
    listEnrolmentKeys: { params: { id: device.customerId } },
  };

  const recorded: Record<string, OperationExample> = {};
  for (const id of ids) {
    const contract: Contract = routes[id];
    if (contract.success.media !== undefined || id === "openapi") continue;
    const request = telling[id] ?? (await examples[id](world));
    const { status, body } = await api.call(id, request, { token: tokenFor(id) });
    if (status >= 300) throw new Error(`${id} answered ${status}: ${JSON.stringify(body)}`);
    recorded[id] = shown({ ...request, status, answer: shortened(body) }) as OperationExample;
  }
  return recorded;
}

const machineId = "7d1f0c52-8a4e-4c0b-9a57-2f6f1f0e1c33";
const mostRows = 2;
/** A page with its first rows only. */
const shortened = (answer: unknown): unknown => {
  if (typeof answer !== "object" || answer === null || !("items" in answer) || !Array.isArray(answer.items))
    return answer;
  return { ...answer, items: answer.items.slice(0, mostRows) };
};

type Json = Record<string, unknown>;
const holds = (json: Json, ...fields: string[]): boolean => fields.every((field) => Object.hasOwn(json, field));
/** What a thing is called that the examples name like a company. */
function ownName(json: Json): string | undefined {
  if (holds(json, "machineId")) return "RECEPTION-PC";
  if (holds(json, "selection")) return "Documents";
  if (holds(json, "unitPrice")) return "Managed firewall";
  if (holds(json, "rights")) return "Select plus";
  if (holds(json, "role")) return "Provisioning";
  if (holds(json, "maxUses")) return "Front office";
  return holds(json, "customerId", "email") && !holds(json, "level") ? "Ann Example" : undefined;
}
/** The names in a value that are shown as others. */
function* renamed(value: unknown): Generator<[string, string]> {
  if (typeof value !== "object" || value === null) return;
  const own = Array.isArray(value) ? undefined : ownName(value as Json);
  const { name } = value as Json;
  if (own !== undefined && typeof name === "string") yield [name, own];
  for (const inner of Object.values(value)) yield* renamed(inner);
}

/** What is shown in the place of what differs in every recording: the ids of machines, and credentials as AWS's documentation shows them. */
const blanks: Readonly<Record<string, string>> = {
  machineId,
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  sessionToken: "IQoJb3JpZ2luX2VjEXAMPLETOKEN",
  challenge: "xD4m0nZ8k3Qw7yRjTn2uVb5cLp9sHfGaEi1oKtXzYqM",
  clientDataJSON: "eyJ0eXBlIjoid2ViYXV0aG4iLCJjaGFsbGVuZ2UiOiJ4Iiwib3JpZ2luIjoieCJ9",
  attestationObject: "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVjExxxxxxxxxxxx",
  authenticatorData: "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAQ",
  signature: "MEUCIQDxxxxxxxxxxxxxxxxxxxxxxxxxxx",
};

/**
 * Makes what was recorded the same in every recording: ids are numbered, times count from one moment, secrets are blanked out.
 * @param begun when the recording began, in milliseconds since the epoch
 */
function presentation(begun: number): (recorded: unknown) => unknown {
  const start = Date.parse("2026-11-02T09:30:00.000Z");
  const minute = 60_000;
  const numbers = new Map<string, string>();
  const idOf = (ulid: string): string => {
    const known = numbers.get(ulid) ?? `01KB${String(numbers.size + 1).padStart(22, "0")}`;
    numbers.set(ulid, known);
    return known;
  };
  const timeOf = (text: string): string => {
    const at = Date.parse(text);
    if (at > begun + 20 * 365 * 86_400_000 || at < begun - 2 * 365 * 86_400_000) return text;
    return new Date(start + Math.round((at - begun) / minute) * minute).toISOString();
  };
  const textOf = (text: string): string =>
    text
      .replaceAll(/(?<=t[kedv]_)[0-9A-Z]{26}_[\w-]{49}/g, (secret) => `${idOf(secret.slice(0, 26))}_${"x".repeat(49)}`)
      // Names that authenticators have for passkeys, and ids of users as authenticators know them.
      .replaceAll(/^c29mdHdhcmUg[\w-]{20}$/g, "c29mdHdhcmUga2V5IG51bWJlciBvbmUh")
      .replaceAll(/^dXNyX[\w-]{35}$/g, "dXNyXzAxS0IwMDAwMDAwMDAwMDAwMDAwMDAwMDA3")
      .replaceAll(/(?<=whsec_)[\w+/]{43}=/g, `${"x".repeat(43)}=`)
      .replaceAll(/(?<=\b[a-z]{3}_)[0-9A-Z]{26}\b/g, idOf)
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z/g, timeOf);
  return (recorded) => {
    const names = new Map(renamed(recorded));
    const walk = (value: unknown): unknown => {
      if (typeof value === "string") return names.get(value) ?? textOf(value);
      if (Array.isArray(value)) return value.map(walk);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, blanks[key] ?? walk(inner)]));
    };
    return walk(recorded);
  };
}
