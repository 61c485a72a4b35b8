import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  paginateScan,
  PutCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jobList } from "../../functions/jobs.ts";
import { operations } from "../../functions/routes.ts";
import { type Grant, grantsOf, methodOf, pathOf } from "../../shared/http/contract.ts";
import { isRelayed } from "../../shared/http/jobs/job.ts";
import { functionName } from "../../shared/runtime/function-name.ts";
import { pseudoParameters } from "../../local/assembly/intrinsics.ts";
import { type Call, isAllowed } from "../../local/storage/rights.ts";
import { type LocalStack, startLocal } from "../../local/run/start-local.ts";
import { eventGuardKey, filedKey, refilingKey } from "../../shared/store/table/keys.ts";
import { AuthenticationOptions, RegistrationOptions } from "../../shared/domain/people/passkey-ceremony.ts";
import { softwareAuthenticator } from "../support/authenticator.ts";
import { newDatabase } from "../support/dynamo.ts";

/*
 * Every function of the synthesized app is made to do all that it can do, over HTTP, and the calls that it made are compared with
 * its synthesized policy: one call that is not allowed would fail in AWS, one right that is never used is a right too many.
 */
let stack: LocalStack;
let home: string;

type Json = Record<string, unknown>;
async function call(method: string, path: string, body?: unknown, token = stack.adminKey ?? ""): Promise<Json> {
  const local = path.startsWith("/_local");
  const answer = await fetch(`${stack.url}${local ? "" : "/v1"}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(method !== "GET" && !local && { "idempotency-key": crypto.randomUUID() }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const isText = /^text\/|ndjson|pdf|xml/.test(answer.headers.get("content-type") ?? "");
  const json = isText ? { text: await answer.text() } : ((await answer.json()) as Json);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(json)}`);
  return json;
}

async function useEverything(): Promise<void> {
  const person = { email: "rights@example.com", country: "DE" };
  const provider = (await call("GET", "/me"))["scope"] as { id: string };
  const seller = { ...person, parentId: provider.id, level: "reseller", name: "Seller", externalRef: "seller" };
  const reseller = (await call("PUT", "/customers", { ...seller, space: { limitBytes: 1000 } }))["id"] as string;
  await call("PUT", "/customers", { ...seller, name: "Seller renamed" });
  const customer = { ...person, parentId: reseller, name: "One", inTrial: true, space: { limitBytes: 10 } };
  const one = (await call("POST", "/customers", customer))["id"] as string;
  // Withdrawing a service type looks for children that use it.
  await call("PUT", "/customers", { ...seller, name: "Seller renamed", servicesToProvide: ["all-inclusive"] });
  await call("PATCH", `/customers/${reseller}`, { servicesToProvide: ["all-inclusive", "software-only"] });
  await call("PATCH", `/customers/${reseller}`, { servicesToProvide: ["all-inclusive"] });
  await call("PATCH", `/customers/${one}`, { name: "One renamed", space: { limitBytes: 20 } });
  for (const emailReports of [true, false]) await call("PATCH", `/customers/${one}`, { emailReports });
  await call("POST", `/customers/${one}/deactivate`);
  await call("POST", `/customers/${one}/activate`);
  await call("PATCH", `/customers/${one}/settings`, { throttle: { mode: "own", enabled: true, bytesPerSecond: 1 } });
  const pages = [
    "/customers",
    `/customers?parentId=${reseller}`,
    `/customers?parentId=${provider.id}&externalRef=seller`,
  ];
  const reads = [
    "",
    "/tree?depth=2",
    "/descendants?kind=device",
    "/export",
    "/counts",
    "/overview",
    "/usage?from=2026-01-01&to=2026-01-31",
    "/usage/export?from=2026-01-01&to=2026-01-31",
    "/settings",
    "/effective-settings",
    "/log",
    "/log?only=node",
    "/log/export?only=node",
    "/log/export",
    "/access-log",
  ];
  for (const path of [
    ...pages,
    ...reads.map((read) => `/customers/${one}${read}`),
    `/batch?ids=${one}`,
    "/search?q=one",
    "/storage-locations",
    "/health",
    "/openapi.json",
  ])
    await call("GET", path);
  const support = await call("POST", "/api-keys", { customerId: provider.id, role: "support", name: "Support" });
  const move = { storageLocation: "CH", reason: "The customer has moved." };
  await call("POST", `/customers/${one}/storage-location`, move, String(support["token"]));
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const key = async (name: string) =>
    (await call("POST", "/api-keys", { customerId: one, role: "viewer", name, expiresAt }))["id"] as string;
  const [revoked] = [await key("revoked"), await key("left to expire")];
  for (const path of [`/api-keys?customerId=${one}`, `/api-keys/${revoked}`]) await call("GET", path);
  const rotated = (await call("POST", `/api-keys/${await key("rotated")}/rotate`, { overlapHours: 0 }))["id"];
  await call("POST", `/api-keys/${String(rotated)}/rotate`, { overlapHours: 1 });
  await call("DELETE", `/api-keys/${revoked}`);
  await call("DELETE", `/customers/${one}?confirm=${encodeURIComponent("One renamed")}`);
  await call("PATCH", `/customers/${provider.id}/settings`, { moves: { mergeAndSplit: true } });
  await usePeople(provider.id, reseller);
  await useMoves(reseller);
  await useMerges(reseller);
  await useAccounts(reseller);
  await useImports(reseller);
  await useDevices(reseller);
  const subscription = await useReports(reseller);
  await useMails(reseller, subscription);
  await useEvents(reseller);
  await call("POST", "/_local/clock", { advance: "PT2H" });
  await call("POST", "/_local/schedules/sweepExpiredKeys/run");
  await loseLogCopies();
  await call("POST", "/_local/schedules/sweepLogCopies/run");
  await useLifeCycle(reseller, String(support["token"]));
  await useVaults(reseller);
  await useServers(reseller);
  await useBooks(reseller);
  await stack.settle();
}

const foundIn = new Map<string, Set<string>>();
/** What looks like `form` in a mail to an address, and has not been found before: waits for a mail that brings it. */
async function inMailTo(address: string, form: RegExp): Promise<string> {
  const known = foundIn.get(address) ?? new Set<string>();
  foundIn.set(address, known);
  for (let tries = 0; tries < 200; tries += 1) {
    await stack.settle();
    const { items } = (await call("GET", "/_local/mail")) as { items: { to: unknown; text: string }[] };
    const texts = items.filter(({ to }) => JSON.stringify(to).includes(address)).map(({ text }) => text);
    const found = texts.flatMap((text) => form.exec(text)?.[0] ?? []).find((one) => !known.has(one));
    if (found !== undefined) {
      known.add(found);
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`No mail to ${address} has brought ${String(form)}.`);
}
const mailedCode = (address: string): Promise<string> => inMailTo(address, /tc_[\w-]+/);

/** People who are invited, log in, prove who they are, and lose their access. */
async function usePeople(provider: string, reseller: string): Promise<void> {
  const password = "nobody guesses this one";
  const invite = async (customerId: string, role: string, name: string): Promise<{ id: string; username: string }> => {
    const email = `${name}@example.com`;
    const { id } = await call("POST", "/users", { customerId, role, name, email });
    await call("POST", "/invitations/accept", { code: await mailedCode(email), password });
    return { id: String(id), username: email };
  };
  const login = async (username: string): Promise<string> =>
    String((await call("POST", "/login", { username, password }))["token"]);
  const { id, username } = await invite(reseller, "admin", "people.one");
  const email = "people.w@example.com";
  const waiting = await idOf("/users", { customerId: reseller, role: "viewer", name: "W", email });
  await call("POST", `/users/${waiting}/invite`);
  await expect(call("POST", "/invitations/accept", { code: "tc_wrong", password })).rejects.toThrow("410");
  const token = await login(username);
  const own = (method: string, path: string, body?: unknown) => call(method, `/me${path}`, body, token);
  await login(username);
  const { items } = (await own("GET", "/sessions")) as { items: { id: string }[] };
  await own("DELETE", `/sessions/${String(items.at(-1)?.id)}`);
  const { seed } = await own("POST", "/totp");
  const app = new TOTP({ secret: Secret.fromBase32(String(seed)) });
  /** The code of a later time step than the one before. */
  const code = async (): Promise<string> => {
    const { now } = await call("POST", "/_local/clock", { advance: "PT31S" });
    return app.generate({ timestamp: Date.parse(String(now)) });
  };
  await own("POST", "/totp/confirm", { code: await code() });
  await call("POST", "/login", { username, password, code: await code() });
  await own("POST", "/proof", { code: await code() });
  await own("POST", "/recovery-codes");
  await own("DELETE", "/totp");
  await usePasskeys(own);
  await own("POST", "/password", { password, newPassword: `${password}, not even friends` });
  for (const path of ["/users", `/users/${id}`, `/users/${id}/sessions`]) await call("GET", path);
  await call("POST", "/logout", undefined, token);
  await call("POST", "/password-resets", { username });
  await call("POST", "/password-resets/complete", { code: await mailedCode(username), newPassword: password });
  const customer = await idOf("/customers", { email: username, country: "DE", parentId: reseller, name: "Peoples" });
  const contact = { name: "Ann", email: username };
  const first = { customerId: customer, plan: "select", username: "people.account", password, contact };
  const parentAccountId = await idOf("/accounts", first);
  const second = await idOf("/accounts", { parentAccountId, username: "people.second", password, contact });
  const computer = { username: first.username, password, machineId: "people", name: "PC", kind: "laptop", os: "Linux" };
  const { device, token: agent } = await call("POST", "/agent/enrol", computer);
  const computerId = String((device as Json)["id"]);
  await call("POST", `/devices/${computerId}/approve`, {});
  await stack.settle();
  await call("POST", "/agent/backups", {}, String(agent));
  const portal = await login(first.username);
  await call("POST", `/devices/${computerId}/restore-access`, {}, portal);
  await call("GET", "/me/accounts", undefined, portal);
  await call("POST", "/me/account", { accountId: second }, portal);
  await call("GET", "/me/sessions", undefined, portal);
  await call("POST", "/me/password", { password, newPassword: `${password}, not even friends` }, portal);
  for (const patch of [{ name: "Ann" }, { customerId: customer }]) await call("PATCH", `/users/${id}`, patch);
  const { token: reader } = await call("POST", "/api-keys", { customerId: customer, role: "viewer", name: "Reader" });
  await call("POST", `/customers/${customer}/deactivate`);
  await call("POST", "/me/reactivation", undefined, String(reader));
  await call("POST", "/_local/clock", { advance: "PT25H" });
  await call("POST", "/me/reactivation", undefined, String(reader));
  await call("POST", `/customers/${customer}/activate`);
  await call("DELETE", `/users/${id}/second-factor`);
  await call("DELETE", `/users/${id}/sessions`);
  // The first key goes on administering the provider.
  const admins = [await invite(provider, "admin", "people.two"), await invite(provider, "admin", "people.three")];
  await call("PATCH", `/users/${String(admins[0]?.id)}`, { role: "viewer" });
  await call("DELETE", `/users/${String(admins[1]?.id)}`);
}

/** Somebody who adds a passkey, proves who he is by it, and removes it. */
async function usePasskeys(own: (method: string, path: string, body?: unknown) => Promise<Json>): Promise<void> {
  // Browsers bind passkeys to no address of a network.
  const authenticator = softwareAuthenticator(stack.url.replace("127.0.0.1", "localhost"));
  const creation = RegistrationOptions.parse(await own("POST", "/passkey/options"));
  const passkey = await own("POST", "/passkeys", { name: "Key", response: authenticator.create(creation) });
  const ofPasskey = `/passkeys/${String(passkey["id"])}`;
  const answer = async () =>
    authenticator.get(AuthenticationOptions.parse(await own("POST", "/proof/passkey/options")));
  await own("POST", "/proof/passkey", { response: await answer() });
  const options = AuthenticationOptions.parse(await call("POST", "/login/passkey/options", {}));
  await call("POST", "/login/passkey", { response: authenticator.get(options) });
  await own("GET", "/passkeys");
  await own("PATCH", ofPasskey, { name: "Old key" });
  const wrong = { ...(await answer()), id: "AAAA", rawId: "AAAA" };
  await expect(own("POST", "/proof/passkey", { response: wrong })).rejects.toThrow("wrong_passkey");
  await own("DELETE", ofPasskey);
}

/** Accounts and devices that are moved: in one transaction and in steps, behind a worker that died, and by whoever is about to change them. */
async function useMoves(reseller: string): Promise<void> {
  const person = { email: "moves@example.com", country: "DE", parentId: reseller };
  const contact = { name: "Ann", email: "ann.moves@example.com" };
  const password = "nobody guesses this one";
  const customerOf = (name: string) => idOf("/customers", { ...person, name, autoAuthorize: true });
  const accountOf = (username: string, more: object) => idOf("/accounts", { username, password, contact, ...more });
  const [here, there] = [await customerOf("Moves from"), await customerOf("Moves to")];
  const [lead, other] = [
    await accountOf("moves.lead", { customerId: here, plan: "select" }),
    await accountOf("moves.other", { customerId: there, plan: "basic" }),
  ];
  const sub = await accountOf("moves.sub", { parentAccountId: lead });
  const machine = (name: string) => ({ machineId: `moves-${name}`, name, kind: "laptop", os: "Linux" });
  const enrol = async (username: string, name: string) =>
    (await call("POST", "/agent/enrol", { username, password, ...machine(name) })) as { device: Json; token: string };
  const selection = { include: ["/home"] };
  let { device, token } = await enrol("moves.sub", "sub");
  const id = String(device["id"]);
  const agent = (method: string, path: string, body?: unknown) => call(method, `/agent${path}`, body, token);
  const set = String((await agent("POST", "/backup-sets", { name: "first", selection }))["id"]);
  // More than go along in the transaction of their account.
  for (let nth = 0; nth < 9; nth += 1) await enrol("moves.lead", `lead-${nth}`);
  await stack.settle();
  const ended = async (path: string, body: object): Promise<void> => {
    const task = await idOf(path, body);
    await stack.settle();
    expect(await call("GET", `/tasks/${task}`)).toMatchObject({ status: "succeeded" });
  };
  await call("POST", "/account-moves?dryRun=true", { ids: [lead], customerId: there });
  await ended("/account-moves", { ids: [lead], customerId: there });
  for (const path of [`/devices?customerId=${there}`, `/accounts?customerId=${there}`])
    expect((await call("GET", path))["items"]).toHaveLength(path.startsWith("/devices") ? 10 : 3);
  await call("POST", "/device-moves?dryRun=true", { ids: [id], accountId: other });
  await ended("/device-moves", { ids: [id], accountId: other });
  const back = await accountOf("moves.back", { customerId: here, plan: "basic" });
  await ended("/device-moves", { ids: [id], accountId: back });
  expect((await call("GET", `/devices/${id}`))["customerId"]).toBe(here);
  await ended("/device-moves", { ids: [id], accountId: sub });
  await ended("/account-moves", { ids: [lead], customerId: here });

  // A worker has died behind a move: a sub-account and its device still stand where they stood.
  const second = await accountOf("moves.second", { customerId: there, plan: "select" });
  const { documents, name: TableName } = tableOf();
  const setOut = async (fromId: string, toId: string): Promise<void> => {
    const leadId = toId === here ? lead : second;
    const transit = { moveId: `tsk_${"0".repeat(26)}`, fromId, toId, leadId, leadingId: leadId, copied: {} };
    const Item = { kind: "transit", ...transit, accountIds: [leadId, sub], startedAt: "2000-01-01T00:00:00.000Z" };
    for (const pk of [fromId, toId]) {
      await documents.send(new PutCommand({ TableName, Item: { ...Item, pk, sk: "transit" } }));
      await documents.send(
        new UpdateCommand({
          TableName,
          Key: { pk, sk: "@" },
          UpdateExpression: "SET moveId = :move",
          ExpressionAttributeValues: { ":move": transit.moveId },
        }),
      );
    }
  };
  const isAt = async (pk: string): Promise<boolean> => {
    const keys = [`account#/${sub}`, `device#/${sub}/${id}`].map((sk) => ({ pk, sk }));
    const items = await Promise.all(keys.map((Key) => documents.send(new GetCommand({ TableName, Key }))));
    return items.every(({ Item }) => Item !== undefined);
  };
  const [ofSub, ofDevice, ofSet] = [`/accounts/${sub}`, `/devices/${id}`, `/backup-sets/${set}`];
  /** Brings both to the end of their way, whatever state the device is in. */
  const follow = async (to: string, name: string): Promise<void> => {
    await call("PATCH", ofDevice, { name }).catch(() => undefined);
    expect(await isAt(to)).toBe(true);
  };
  /** Lets somebody change what is on its way: the change itself may be refused, if this is so said. */
  const brought = async (change: () => Promise<unknown>, refusal = "none"): Promise<void> => {
    await setOut(here, there);
    await follow(there, "moves");
    await setOut(there, here);
    const said = await change().then(
      () => "none",
      (error: unknown) => String(error),
    );
    expect(said).toContain(refusal);
    expect((await call("GET", ofSub))["customerId"]).toBe(here);
    await follow(here, "moves");
  };
  await brought(() => call("PATCH", ofSub, { hardQuotaBytes: 1_000_000 }));
  const quota = { changes: [{ id: sub, hardQuotaBytes: 2_000_000 }] };
  await brought(() => call("PATCH", `/customers/${here}/allocations`, quota));
  await brought(() => call("POST", `${ofSub}/reset-password`, { password }));
  await brought(() => call("POST", `${ofSub}/account-details`));
  const below = { parentAccountId: sub, username: "moves.below", password };
  await brought(() => call("POST", "/accounts", below), "sub_account_of_sub_account");
  const referred = { ...below, externalRef: "moves" };
  await brought(() => call("PUT", "/accounts", referred), "sub_account_of_sub_account");
  await call("PATCH", ofDevice, { externalRef: "moves" });
  const { machineId, kind, os } = await call("GET", ofDevice);
  const upsert = { accountId: sub, externalRef: "moves", machineId, name: "upserted", kind, os };
  await brought(() => call("PUT", "/devices", upsert));
  await brought(() => call("POST", "/account-moves", { ids: [sub], customerId: there }), "move_running");
  const some = { fromCustomerId: here, accountIds: [sub], quotas: "keep" };
  await brought(() => call("POST", `/customers/${there}/merge`, some), "move_running");
  const apart = { accountIds: [sub], customer: { ...person, name: "Moves apart" } };
  await brought(() => call("POST", `/customers/${here}/split`, apart), "move_running");
  await brought(() => call("POST", "/device-moves", { ids: [id], accountId: sub }));
  await stack.settle();
  await brought(() => call("POST", "/devices", { accountId: sub, ...machine("foreseen") }));
  await call("PATCH", `/customers/${here}`, { autoAuthorize: false });
  const { token: enrolmentKey } = await call("POST", `/customers/${here}/enrolment-keys`, { name: "k" });
  const waits = (await call("POST", "/agent/enrol", { enrolmentKey, ...machine("waits") }))["device"] as Json;
  await brought(() => call("POST", `/devices/${String(waits["id"])}/approve`, { accountId: sub }));
  await brought(async () => ({ device, token } = await enrol("moves.sub", "sub")));

  await brought(() => call("PATCH", ofDevice, { name: "renamed" }));
  for (const action of ["deactivate", "activate"]) await brought(() => call("POST", `${ofDevice}/${action}`));
  await brought(() => call("POST", `${ofDevice}/resolve-identity`, { keep: "current" }));
  await brought(() => call("POST", `${ofDevice}/replace`, { by: id }), "not_applicable");
  await brought(() => call("DELETE", `${ofDevice}?confirm=moves`));
  await brought(() => call("POST", `${ofDevice}/restore`));
  await brought(() => call("DELETE", `${ofSub}?confirm=moves.sub`));
  await brought(() => call("POST", `${ofSub}/restore`));

  await brought(() => call("PATCH", ofSet, { name: "second" }));
  await brought(() => call("POST", `${ofSet}/move`, { deviceId: id }));
  let backupSetId = "";
  await brought(async () => (backupSetId = await idOf("/backup-sets", { deviceId: id, name: "third", selection })));
  await brought(() => call("DELETE", `${ofSet}?confirm=second`));
  let own: Json = {};
  await brought(async () => (own = await agent("POST", "/backup-sets", { name: "own", selection })));
  const ofOwn = `/backup-sets/${String(own["id"])}`;
  await brought(() => agent("PATCH", ofOwn, { name: "renamed" }));
  await brought(() => agent("DELETE", `${ofOwn}?confirm=renamed`));
  await brought(() => agent("GET", "/backup-sets"));
  await brought(() => agent("GET", "/storage-server"));
  let admitted: Json = {};
  await brought(async () => (admitted = await agent("POST", "/backups", {})));
  const { id: grant } = admitted["grant"] as Json;
  await brought(() => agent("POST", `/grants/${String(grant)}/credentials`, {}));
  const at = new Date(Date.now() - 60_000).toISOString();
  const job = { jobId: "moves", type: "backup", status: "succeeded", startedAt: at, endedAt: at, bytes: 1, files: 1 };
  await brought(() => agent("POST", "/jobs", { ...job, backupSetId, errors: [] }));
  await brought(() => agent("POST", "/usage", { usedBytes: 1, measuredAt: at }));

  // Nobody changes it: the sweep brings it to its end.
  await setOut(here, there);
  const [pk, due] = [`ID#${second}`, "2000-01-01T00:00:00.000Z"];
  const timer = { pk, sk: "timer#account-move", kind: "timer", timer: "account-move", at: due };
  await documents.send(
    new PutCommand({ TableName, Item: { ...timer, duePk: "account-move#0", dueSk: `${due}#${pk}` } }),
  );
  await call("POST", "/_local/schedules/sweepTasks/run");
  await stack.settle();
  expect(await isAt(there)).toBe(true);
  expect((await documents.send(new GetCommand({ TableName, Key: { pk: here, sk: "transit" } }))).Item).toBeUndefined();
}

/** A customer that is merged into another with all that it has, and is there again once that is undone; and an account that is split off. */
async function useMerges(reseller: string): Promise<void> {
  const [person, password] = [{ email: "merges@example.com", country: "DE" }, "nobody guesses this one"];
  const limits = { space: { limitBytes: 200 }, deviceLimit: 5 };
  const customerOf = (name: string) =>
    idOf("/customers", { ...person, parentId: reseller, name, autoAuthorize: true, ...limits });
  const [from, to] = [await customerOf("Merges from"), await customerOf("Merges to")];
  const accountOf = (customerId: string, username: string) =>
    idOf("/accounts", { customerId, plan: "select", username, password, contact: { ...contact, name: username } });
  const { country: _, ...contact } = person;
  const [lead] = [await accountOf(from, "merges.lead"), await accountOf(to, "merges.other")];
  await idOf("/accounts", { parentAccountId: lead, username: "merges.sub", password });
  for (const username of ["merges.lead", "merges.sub"]) {
    const machine = { machineId: username, name: username, kind: "laptop", os: "Linux" };
    await call("POST", "/agent/enrol", { username, password, ...machine });
  }
  const rest = [
    `/contacts/${await idOf("/contacts", { customerId: from, ...contact, name: "Cy" })}`,
    `/services/${await idOf("/services", { customerId: from, name: "Support", unitPrice: { amount: 1, currency: "EUR" } })}`,
    `/api-keys/${await idOf("/api-keys", { customerId: from, role: "viewer", name: "Merges" })}`,
  ];
  const report = { kind: "watchlist", frequency: "daily", hour: 6, recipients: [contact] };
  rest.push(`/report-subscriptions/${await idOf("/report-subscriptions", { customerId: from, ...report })}`);
  await call("POST", `/customers/${from}/enrolment-keys`, { name: "Merges" });
  await stack.settle();
  const ended = async (task: Json): Promise<string> => {
    await stack.settle();
    const path = `/tasks/${String(task["id"])}`;
    expect(await call("GET", path)).toMatchObject({ status: "succeeded" });
    return path;
  };
  const standsAt = async (customerId: string): Promise<void> => {
    for (const path of [`/accounts/${lead}`, ...rest]) expect((await call("GET", path))["customerId"]).toBe(customerId);
  };
  const all = { fromCustomerId: from, quotas: "sum" };
  await call("POST", `/customers/${to}/merge?dryRun=true`, all);
  const merged = await ended(await call("POST", `/customers/${to}/merge`, all));
  await standsAt(to);
  expect((await call("GET", `/customers/${from}`))["deletedAt"]).not.toBeNull();
  await call("POST", `${merged}/undo?dryRun=true`);
  await ended(await call("POST", `${merged}/undo`));
  await standsAt(from);
  const apart = { accountIds: [lead], customer: { ...person, name: "Merges apart", autoAuthorize: true } };
  await call("POST", `/customers/${from}/split?dryRun=true`, apart);
  const { customer, task } = (await call("POST", `/customers/${from}/split`, apart)) as { customer: Json; task: Json };
  const split = await ended(task);
  expect((await call("GET", `/accounts/${lead}`))["customerId"]).toBe(customer["id"]);
  await ended(await call("POST", `${split}/undo`));
  await standsAt(from);
}

/** Storage servers that are registered, chosen, check in and go. */
/** The provider invoices a reseller for a month that is over; a month is closed by nights that have been written. */
async function useBooks(reseller: string): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) await call("POST", "/_local/schedules/sweepLedger/run");
  const party = { name: "Backup", address: "Kai 1", postcode: "20457", city: "Hamburg", country: "DE" };
  const seller = { ...party, vatId: "DE123456789", email: "books@example.com" };
  for (const issue of ["automatic", "manual"])
    await call("PUT", "/invoice-issuer", { seller, numbers: { prefix: "RE" }, issue });
  await call("GET", "/invoice-issuer");
  const prices = { validFrom: "2020-01-01", minimum: "5000", taxPercent: "19" };
  const plan = { name: "Standard", currency: "EUR", versions: [prices] };
  const pricePlanId = await idOf("/price-plans", plan);
  const later = { ...prices, validFrom: "2999-01-01" };
  await call("PUT", `/price-plans/${pricePlanId}`, { ...plan, versions: [prices, later] });
  for (const path of ["/price-plans", `/price-plans/${pricePlanId}`]) await call("GET", path);
  const config = {
    pricePlanId,
    dayOfMonth: 1,
    recipient: "books@reseller.example",
    language: "de",
    paymentTermsDays: 14,
  };
  const own = `/customers/${reseller}/invoice-config`;
  for (const enabled of [true, false, true]) await call("PUT", own, { ...config, enabled, buyer: party });
  for (const path of [own, "/invoice-configs"]) await call("GET", path);
  const now = new Date(String((await call("GET", "/_local/clock"))["now"]));
  const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)).toISOString().slice(0, 7);
  const preview = await call("GET", `/customers/${reseller}/invoice-preview?month=${month}`);
  await call("POST", "/invoice-runs", { month });
  await call("POST", "/invoice-runs", { month, payerId: reseller });
  for (let turn = 0; turn < 2; turn += 1) await call("POST", "/_local/schedules/sweepInvoices/run");
  const months = `from=${month}&to=${month}`;
  for (const path of [
    "/invoices",
    "/invoice-totals",
    "/invoices/export",
    "/invoice-totals/export",
    "/invoice-totals/pdf",
  ])
    for (const more of ["", "&received=true"]) await call("GET", `${path}?${months}${more}`);
  const [draft] = (await call("GET", `/invoices?${months}`))["items"] as { id: string }[];
  expect(draft, JSON.stringify(preview["findings"])).toBeDefined();
  const invoice = `/invoices/${String(draft?.id)}`;
  const parts = ["", "/lines", "/html", "/csv", "/pdf"];
  for (const part of parts) await call("GET", invoice + part);
  await call("POST", `${invoice}/issue`);
  await call("POST", "/_local/schedules/sweepInvoices/run");
  for (const part of [...parts, "/xml?syntax=UBL"]) await call("GET", invoice + part);
  await call("POST", `${invoice}/payment`, { paidOn: `${month}-28` });
  await call("POST", `${invoice}/mail`);
  await call("POST", `${invoice}/void`, { reason: "Ticket 4711" });
  await call("PUT", "/invoice-issuer", { seller, numbers: { prefix: "RE" }, issue: "automatic" });
  await call("POST", "/invoice-runs", { month });
  await call("POST", "/_local/clock", { advance: "P32D" });
  for (let turn = 0; turn < 4; turn += 1) await call("POST", "/_local/schedules/sweepLedger/run");
  for (let turn = 0; turn < 3; turn += 1) await call("POST", "/_local/schedules/sweepInvoices/run");
  expect((await call("GET", `/invoices?from=${month}&to=${month}`))["items"]).toHaveLength(3);
  const day = `${month}-03`;
  await call("POST", `/customers/${reseller}/usage/corrections`, { day, usedBytes: 5, reason: "Ticket 4711" });
}

async function useServers(reseller: string): Promise<void> {
  const body = { customerId: reseller, name: "Server", url: "https://198.51.101.7/" };
  const made = (await call("POST", "/storage-servers", body)) as { server: Json; token: string };
  const path = `/storage-servers/${String(made.server["id"])}`;
  const renewed = (await call("POST", `${path}/token`)) as { token: string };
  await call("POST", "/storage-server/check-in", { usedBytes: 1 }, renewed.token);
  await call("PATCH", path, { capacityBytes: 10 });
  for (const one of [path, `/storage-servers?customerId=${reseller}`]) await call("GET", one);
  const person = { email: "servers@example.com", country: "DE", parentId: reseller };
  const own = { ...person, name: "Own storage", serviceType: "software-only", autoAuthorize: true };
  const customer = await idOf("/customers", own);
  const choice = `/customers/${customer}/storage-server`;
  await call("PUT", choice, { storageServerId: made.server["id"] });
  await call("GET", choice);
  const { token: enrolmentKey } = await call("POST", `/customers/${customer}/enrolment-keys`, {
    name: "k",
    plan: "select",
  });
  const machine = { machineId: "s", name: "s", kind: "laptop", os: "Linux" };
  const { token } = (await call("POST", "/agent/enrol", { enrolmentKey, ...machine })) as { token: string };
  expect((await call("GET", "/agent/storage-server", undefined, token))["server"]).toMatchObject({ name: "Server" });
  const second = (await call("POST", "/storage-servers", { ...body, name: "Second" })) as { server: Json };
  const replication = `/customers/${customer}/replication`;
  await call("PUT", replication, { enabled: true, storageServerId: second.server["id"] });
  await call("GET", replication);
  expect((await call("GET", "/agent/storage-server", undefined, token))["replication"]).not.toBeNull();
  const moved = { customerId: customer, toServerId: second.server["id"] };
  const migration = `/seed-migrations/${await idOf("/seed-migrations", moved)}`;
  for (const state of ["seeding", "shipped", "imported", "switched", "done"])
    await call("POST", `${migration}/steps`, { state });
  const cancelled = await idOf("/seed-migrations", { ...moved, toServerId: made.server["id"] });
  await call("POST", `/seed-migrations/${cancelled}/steps`, { state: "cancelled" });
  for (const one of [migration, `/seed-migrations?customerId=${customer}`]) await call("GET", one);
  // With a reference, to a seller that counts its devices: a move writes all that it can.
  const seller = {
    email: "seller@example.com",
    country: "DE",
    level: "reseller",
    name: "Other seller",
    deviceLimit: 9,
  };
  await call("PATCH", `/customers/${customer}`, { externalRef: "own" });
  await call("POST", `/customers/${customer}/move`, { parentId: await idOf("/customers", seller) });
  await call("POST", `/customers/${customer}/move`, { parentId: reseller });
  await useTasks(person, customer);
  await call("PUT", replication, {});
  await call("PUT", choice, { storageServerId: null });
  await call("DELETE", `${path}?confirm=Server`);
}

/** A file in two parts that makes customers, accounts and devices, and the same once more, which changes them. */
async function useImports(parentId: string): Promise<void> {
  const rows = (name: string, space: string): string =>
    [
      "kind,externalRef,parent,name,email,country,space,username,password,plan,machineId,deviceKind,os",
      `customer,imported,,${name},imports@example.com,DE,${space},,,,,,`,
      `account,imported,imported,Ann,imports@example.com,,,imports.lead,nobody guesses this one,select,,,`,
      `account,below,imports.lead,,,,,imports.sub,,,,,`,
      `device,imported,imports.sub,${name},,,,,,,imports-machine,laptop,Linux`,
    ].join("\n");
  const send = async (method: string, path: string, body: string): Promise<Json> => {
    const headers = { authorization: `Bearer ${stack.adminKey}`, "content-type": "text/csv" };
    const answer = await fetch(`${stack.url}/v1${path}`, { method, headers, body });
    expect(answer.status).toBe(202);
    return (await answer.json()) as Json;
  };
  for (const [name, space] of [
    ["Imported", "10"],
    ["Imported again", "20"],
  ] as const) {
    const file = rows(name, space);
    const { id } = await send("POST", `/imports?customerId=${parentId}&parts=2`, file.slice(0, 40));
    const path = `/imports/${String(id)}`;
    await send("PUT", `${path}/parts/2`, file.slice(40));
    for (let found = await call("GET", path); found["status"] !== "succeeded"; found = await call("GET", path)) {
      if (found["endedAt"] !== null) throw new Error(JSON.stringify(await call("GET", `${path}/rows`)));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    for (const rest of ["/rows", "/result"]) await call("GET", path + rest);
  }
}

/** Tasks that the stream brings, that it does not bring, and that nobody has begun when they are cancelled. */
async function useTasks(person: object, customer: string): Promise<void> {
  const own = { ...person, serviceType: "software-only" };
  const site = await idOf("/customers", { ...own, parentId: customer, name: "Site" });
  const elsewhere = await idOf("/customers", { ...own, name: "Elsewhere" });
  await call("PATCH", `/customers/${site}`, { externalRef: "site" });
  const id = await idOf("/customer-moves", { ids: [site], parentId: elsewhere });
  await stack.settle();
  expect(await call("GET", `/tasks/${id}`)).toMatchObject({ status: "succeeded" });
  await call("GET", "/tasks");
  const { documents, name: TableName } = tableOf();
  const provider = ((await call("GET", "/me"))["scope"] as { id: string }).id;
  const { Item: begun } = await documents.send(new GetCommand({ TableName, Key: { pk: provider, sk: `task#${id}` } }));
  const queue = async (last: string): Promise<string> => {
    const other = id.slice(0, -1) + last;
    const due = { duePk: "task#0", dueSk: `2000-01-01T00:00:00.000Z#${provider}` };
    const task = { ...begun, id: other, status: "queued", parameters: { parentId: customer }, ...due };
    for (const Item of [
      { ...task, pk: provider, sk: `task#${other}` },
      { pk: provider, sk: `open-task#${other}`, taskId: other },
      { pk: `TASK#${other}`, sk: "payload", ids: [site], around: [] },
      { pk: `ID#${other}`, sk: "@", kind: "pointer", customerId: provider, ancestors: [] },
    ])
      await documents.send(new PutCommand({ TableName, Item }));
    return other;
  };
  const [given, spare] = ["0", "1", "2"].filter((last) => !id.endsWith(last));
  await call("POST", `/tasks/${await queue(String(given))}/cancel`);
  const forgotten = await queue(String(spare));
  await call("POST", "/_local/schedules/sweepTasks/run");
  expect(await call("GET", `/tasks/${forgotten}`)).toMatchObject({ status: "succeeded" });
}

/** Vaults that are ordered again, by the stream and by the sweep, and data that may go, and may not yet. */
async function useVaults(reseller: string): Promise<void> {
  const person = { email: "vaults@example.com", country: "NO", parentId: reseller };
  await call("PATCH", `/customers/${reseller}`, { servicesToProvide: ["all-inclusive", "software-only"] });
  const id = await idOf("/customers", { ...person, name: "Vault" });
  await stack.settle();
  for (const serviceType of ["software-only", "all-inclusive"])
    await call("PATCH", `/customers/${id}`, { serviceType });
  await stack.settle();
  // The stream's word was lost, and so was the answer of an earlier attempt: the manifest is there.
  const { documents, name: TableName } = tableOf();
  const at = "2000-01-01T00:00:00.000Z";
  await documents.send(
    new UpdateCommand({
      TableName,
      Key: { pk: id, sk: "@" },
      UpdateExpression: "SET vaultStatus = :provisioning",
      ExpressionAttributeValues: { ":provisioning": "provisioning" },
    }),
  );
  const due = { duePk: "vault-provision#0", dueSk: `${at}#${id}` };
  const timer = { pk: id, sk: "timer#vault-provision", kind: "timer", timer: "vault-provision", at, ...due };
  await documents.send(new PutCommand({ TableName, Item: timer }));
  // Another one has been ordered where there is no bucket.
  const lost = await idOf("/customers", { ...person, name: "Lost vault" });
  await stack.settle();
  await documents.send(
    new UpdateCommand({
      TableName,
      Key: { pk: lost, sk: "@" },
      UpdateExpression: "SET vaultStatus = :provisioning, vaultOrderedAt = :at, vault.#bucket = :bucket",
      ExpressionAttributeNames: { "#bucket": "bucket" },
      ExpressionAttributeValues: {
        ":provisioning": "provisioning",
        ":at": at,
        ":bucket": "tenantry-local-vault-xx-000000000000",
      },
    }),
  );
  await stack.settle();
  // What a device has left: an upload that it never completed, and versions of which one is under retention.
  const bucket = "tenantry-local-vault-no-000000000000";
  const key = `${id}/dev_00000000000000000000000000/file`;
  const known = { blob: "none", size: 1, etag: "none", headers: {}, at: 0, retention: null };
  stack.storage.index.add(bucket, key, known);
  stack.storage.index.add(bucket, key, { ...known, retention: { mode: "COMPLIANCE", until: 4_000_000_000_000 } });
  stack.storage.index.begin({ bucket, key, id: "begun", blob: "begun", headers: "{}", at: 0 });
  const place = { location: "NO", region: "eu-north-1", bucket, prefix: `${id}/dev_00000000000000000000000000/` };
  const order = { kind: "vault-order", ...place, customerId: id, orderedAt: at, dueAt: at };
  const orderKey = { pk: `VAULT#${id}#NO`, sk: "@" };
  await documents.send(
    new PutCommand({
      TableName,
      Item: { ...order, ...orderKey, duePk: "vault#0", dueSk: `${at}#${orderKey.pk}` },
    }),
  );
  await call("POST", "/_local/clock", { advance: "PT5M" });
  await stack.settle();
  await call("GET", `/customers/${reseller}/storage-statement`);
  // Of one vault the manifest is lost; another customer has gone before its vault was looked at.
  const manifest = stack.storage.index.latest(bucket, `${id}/.tenantry/vault.json`);
  if (manifest) stack.storage.index.remove(bucket, manifest);
  const enrolled = await idOf("/customers", { ...person, name: "Watched vault", autoAuthorize: true });
  const { token: enrolmentKey } = await call("POST", `/customers/${enrolled}/enrolment-keys`, {
    name: "k",
    plan: "select",
  });
  await call("POST", "/agent/enrol", { enrolmentKey, machineId: "w", name: "w", kind: "laptop", os: "Linux" });
  await stack.settle();
  const ofEnrolled = stack.storage.index.latest(bucket, `${enrolled}/.tenantry/vault.json`);
  if (ofEnrolled) stack.storage.index.remove(bucket, ofEnrolled);
  const never = { pk: "cus_00000000000000000000000000", sk: "timer#residency", kind: "timer", timer: "residency", at };
  await documents.send(
    new PutCommand({ TableName, Item: { ...never, duePk: "residency#0", dueSk: `${at}#${never.pk}` } }),
  );
  await call("POST", "/_local/clock", { advance: "P1D" });
  await stack.settle();
  expect((await call("GET", `/customers/${enrolled}/storage`))["check"]).toMatchObject({ state: "different" });
  expect((await call("GET", `/customers/${id}`))["vault"]).toMatchObject({ status: "ready" });
  expect((await call("GET", `/customers/${lost}`))["vault"]).toMatchObject({ reason: "bucket_missing" });
}

/** An entry of the log whose copies the stream did not bring. */
async function loseLogCopies(): Promise<void> {
  await stack.settle();
  const { documents, name: TableName } = tableOf();
  const log = {
    TableName,
    FilterExpression: "kind = :log AND size(#chain) > :one AND begins_with(nodePk, :account)",
    ExpressionAttributeNames: { "#chain": "chain" },
    ExpressionAttributeValues: { ":log": "log", ":one": 1, ":account": "acc_" },
  };
  const entries: Json[] = [];
  for await (const { Items = [] } of paginateScan({ client: documents }, log)) entries.push(...Items);
  const entry = entries.toSorted((one, other) => (String(one["sk"]) < String(other["sk"]) ? -1 : 1)).at(-1);
  if (!entry) throw new Error("The log is empty.");
  // It has no number among the events either.
  const Key = eventGuardKey((entry["chain"] as string[])[0] ?? "", `evt_${String(entry["sk"])}`);
  await documents.send(new DeleteCommand({ TableName, Key }));
  // Nor is it known what has been filed of what it is about.
  await documents.send(new DeleteCommand({ TableName, Key: filedKey(String(entry["nodePk"])) }));
  await documents.send(
    new UpdateCommand({
      TableName,
      Key: { pk: entry["pk"], sk: entry["sk"] },
      UpdateExpression: "SET duePk = :kind, dueSk = :at",
      ExpressionAttributeValues: { ":kind": "log-copies#0", ":at": "2000-01-01T00:00:00.000Z#" },
    }),
  );
}

/** Trials that are extended and end, by hand and by themselves; what is deleted, restored, and purged in its time or ahead of it. */
async function useLifeCycle(reseller: string, support: string): Promise<void> {
  const person = { country: "DE", parentId: reseller };
  const trial = (name: string) =>
    idOf("/customers", { ...person, name, email: `${name}@example.com`, inTrial: true, autoAuthorize: true });
  const [byHand, byItself, doomed] = [await trial("byhand"), await trial("byitself"), await trial("doomed")];
  const endsAt = new Date(Date.now() + 40 * 86_400_000).toISOString();
  await call("POST", `/customers/${byHand}/extend-trial`, { endsAt });
  await call("POST", `/customers/${byHand}/end-trial`);

  const login = (username: string) => ({ username, password: "nobody guesses this one" });
  const inTrial = { plan: "trial", contact: { name: "Ann", email: "ann.trial@example.com" } };
  const account = await idOf("/accounts", { customerId: byItself, ...inTrial, ...login("life") });
  const ended = await idOf("/accounts", { customerId: doomed, ...inTrial, ...login("doomed") });
  const remove = (path: string, confirm: string) => call("DELETE", `${path}?confirm=${confirm}`);
  await remove(`/accounts/${account}`, "life");
  await call("POST", `/accounts/${account}/restore`);
  const machine = { machineId: "life", name: "life", kind: "laptop", os: "Linux" };
  const enrolled = (await call("POST", "/agent/enrol", { ...login("life"), ...machine }))["device"] as Json;
  const device = `/devices/${String(enrolled["id"])}`;
  await remove(device, "life");
  await call("POST", `${device}/restore`);

  await call("DELETE", `/customers/${doomed}?confirm=doomed&dryRun=true`);
  await remove(`/customers/${doomed}`, "doomed");
  await call("POST", `/customers/${doomed}/restore`);
  const deletion = `/deletions/${String((await remove(`/customers/${doomed}`, "doomed"))["deletionId"])}`;
  const colleague = await call("POST", "/api-keys", { customerId: reseller, role: "admin", name: "Colleague" });
  await call("POST", `${deletion}/purge`, { reason: "Right to erasure" }, String(colleague["token"]));
  await call("POST", `${deletion}/approve-purge`, undefined, support);
  for (const path of [deletion, `/customers/${reseller}/deletions`]) await call("GET", path);
  await call("POST", "/_local/clock", { advance: "PT15M" });
  await call("POST", "/_local/schedules/sweepPurges/run");
  await expect(call("GET", `/accounts/${ended}`)).rejects.toThrow("404");
  for (const advance of ["P24D", "P7D", "P30D"]) {
    await call("POST", "/_local/clock", { advance });
    for (const sweep of ["sweepTrials", "sweepAccountTrials", "sweepLedger", "sweepPurges"])
      await call("POST", `/_local/schedules/${sweep}/run`);
  }
  expect((await call("GET", `/accounts/${account}`))["state"]).toBe("deleted");
}

const idOf = async (path: string, body: unknown): Promise<string> => String((await call("POST", path, body))["id"]);

async function useAccounts(reseller: string): Promise<void> {
  const person = { email: "accounts@example.com", country: "DE" };
  const made = await call("POST", "/accounts", {
    customer: { ...person, parentId: reseller, name: "Two" },
    plan: "trial",
    username: "two",
  });
  const [parent, customer] = [String(made["id"]), String(made["customerId"])];
  const contact = { name: "Ann", email: "ann@example.com" };
  const sub = await idOf("/accounts", { parentAccountId: parent, contact, username: "two-sub" });
  const other = { customerId: customer, contactId: made["contactId"], plan: "basic", username: "two-basic" };
  const basic = await idOf("/accounts", { ...other, password: "nobody guesses this one" });
  const spare = await idOf("/contacts", { customerId: customer, ...contact });
  await call("PATCH", `/accounts/${sub}`, { contactId: spare, username: "two-renamed" });
  const referred = { customerId: customer, externalRef: "A-1", username: "two-basic", contactId: made["contactId"] };
  await call("PATCH", `/accounts/${basic}`, { externalRef: "A-0" });
  await call("PATCH", `/accounts/${basic}`, { externalRef: "A-1" });
  await call("PUT", "/accounts", { ...referred, hardQuotaBytes: 7 });
  await call("PUT", "/accounts", { parentAccountId: parent, externalRef: "S-1", contact, username: "two-referred" });
  await call("GET", `/accounts?customerId=${customer}&externalRef=A-1`);
  await call("PATCH", `/accounts/${parent}`, { plan: "select" });
  const changes = [
    { id: customer, space: { limitBytes: 100 } },
    { id: sub, hardQuotaBytes: 100 },
  ];
  await call("PATCH", `/customers/${customer}/allocations`, { changes });
  await call("GET", `/customers/${customer}/allocations`);
  for (const path of [`/accounts?customerId=${customer}`, "/accounts?username=two", `/accounts/${sub}`])
    await call("GET", path);
  for (const of of [`/accounts/${sub}`, `/customers/${customer}`]) {
    await call("GET", `${of}/account-details`);
    const sent = await call("POST", `${of}/account-details`);
    await call("GET", `/mails/${String(sent["id"])}`);
  }
  const password = "nor does anybody guess that";
  await call("POST", `/accounts/${sub}/reset-password`, {});
  await call("POST", `/accounts/${sub}/reset-password`, { password });
  const change = { username: "two-renamed", password, newPassword: "least of all this one" };
  await call("POST", "/password", change);
  await call("DELETE", `/accounts/${sub}?confirm=two-renamed`);

  const unused = await idOf("/contacts", { customerId: customer, ...contact });
  await call("PATCH", `/contacts/${unused}`, { name: "Bea" });
  for (const path of [`/contacts?customerId=${customer}`, `/contacts/${unused}`]) await call("GET", path);
  // One that is in use is refused with the accounts that use it.
  await expect(call("DELETE", `/contacts/${spare}`)).rejects.toThrow("contact_in_use");
  await call("DELETE", `/contacts/${unused}`);

  const plan = { name: "Mine", rights: { openFileBackupOnServers: true, versioning: true } };
  await call("PUT", "/service-plans/mine", plan);
  await call("PUT", "/service-plans/mine", { ...plan, name: "Mine too" });
  await call("DELETE", "/service-plans/mine");
  await call("GET", "/service-plans");

  const unitPrice = { amount: 100, currency: "EUR" };
  const service = await idOf("/services", { customerId: customer, name: "Visit", unitPrice });
  await call("PATCH", `/services/${service}`, { quantity: 2 });
  for (const path of [`/services?customerId=${customer}`, `/services/${service}`]) await call("GET", path);
  await call("DELETE", `/services/${service}`);
}

/** Devices that enrol by key and by login, wait, back up, report and end; limits that they reach, and a counter that is mended. */
const unknownSet = `set_${"0".repeat(26)}`;
async function useDevices(reseller: string): Promise<void> {
  const person = { email: "devices@example.com", country: "DE", parentId: reseller };
  const customer = await idOf("/customers", { ...person, name: "Fleet", autoAuthorize: true });
  const waiting = await idOf("/customers", { ...person, name: "Waiting fleet" });
  await call("PATCH", `/customers/${customer}`, { deviceLimit: 10 });
  const machine = (name: string) => ({ machineId: name, name, kind: "laptop", os: "Linux" });
  const keyOf = async (id: string) =>
    call("POST", `/customers/${id}/enrolment-keys`, { name: "k", plan: "select", maxUses: 5 });
  const [key, waitingKey] = [await keyOf(customer), await keyOf(waiting)];
  const enrol = (credential: object, name: string) => call("POST", "/agent/enrol", { ...credential, ...machine(name) });

  await expect(enrol({ enrolmentKey: "te_nonsense" }, "nobody")).rejects.toThrow("401");
  await enrol({ enrolmentKey: key["token"] }, "first");
  const { device, token } = (await enrol({ enrolmentKey: key["token"] }, "first")) as { device: Json; token: string };
  const [id, account] = [String(device["id"]), String(device["accountId"])];
  const agent = (method: string, path: string, body?: unknown) => call(method, `/agent${path}`, body, token);
  const selection = { include: ["/home"] };
  const set = (await agent("POST", "/backup-sets", { name: "own", selection }))["id"] as string;
  await agent("PATCH", `/backup-sets/${set}`, { name: "renamed" });
  await agent("GET", "/backup-sets");
  await stack.settle();
  const { grant } = (await agent("POST", "/backups", { estimatedBytes: 1, backupSetId: set })) as { grant: Json };
  await agent("POST", `/grants/${String(grant["id"])}/credentials`, {});
  const at = new Date(Date.now() - 60_000).toISOString();
  const times = { startedAt: at, endedAt: at, bytes: 1, files: 1 };
  const job = { ...times, backupSetId: set, type: "backup", errors: [] };
  for (const status of ["failed", "succeeded"]) await agent("POST", "/jobs", { ...job, jobId: status, status });
  await call("PATCH", `/accounts/${account}`, { hardQuotaBytes: 100 });
  await agent("POST", "/usage", { usedBytes: 85, measuredAt: at });
  await call("PATCH", `/customers/${reseller}/settings`, { watchlist: { minimumAgentVersion: "2" } });
  const later = (ms: number): string => new Date(Date.parse(at) + ms).toISOString();
  await agent("POST", "/usage", { usedBytes: 85, measuredAt: later(1), agentVersion: "1" });
  await stack.settle();
  await call("GET", `/customers/${reseller}/watchlist`);
  await agent("POST", "/usage", { usedBytes: 85, measuredAt: later(2), agentVersion: "2" });
  await stack.settle();

  const lists = ["", "&state=active", "&attention=true"].map((more) => `/devices?customerId=${customer}${more}`);
  const own = ["", "/admission?estimatedBytes=1", "/effective-settings", "/jobs"].map(
    (part) => `/devices/${id}${part}`,
  );
  const sets = [`/backup-sets?deviceId=${id}`, `/backup-sets/${set}`, `/backup-sets/${set}/jobs?type=backup`];
  sets.push(`/backup-sets/${set}/report`, `/backup-sets/${set}/report.csv`);
  const keys = `/customers/${customer}/enrolment-keys`;
  for (const path of [...lists, `/devices?accountId=${account}`, ...own, ...sets, keys]) await call("GET", path);
  const other = await idOf("/backup-sets", { deviceId: id, name: "other", selection });
  await call("PATCH", `/backup-sets/${other}`, { name: "another" });
  await call("DELETE", `/backup-sets/${other}?confirm=another`);
  await agent("DELETE", `/backup-sets/${set}?confirm=renamed`);
  // A copy of the computer enrols, and the first one calls whatever it calls.
  let present = token;
  for (const operation of operations.filter(({ permission }) => permission === "device")) {
    const former = present;
    present = String((await enrol({ enrolmentKey: key["token"] }, "first"))["token"]);
    const unknown = operation.id === "renewCredentials" ? unknownSet.replace("set", "grt") : unknownSet;
    const path = pathOf(operation).replace("/v1", "").replace("{id}", unknown);
    const body = methodOf(operation) === "GET" || methodOf(operation) === "DELETE" ? undefined : {};
    await expect(call(methodOf(operation), path, body, former)).rejects.toThrow("401");
    await call("POST", `/devices/${id}/resolve-identity`, { keep: "current" });
  }
  await call("POST", "/agent/enrol", {
    enrolmentKey: key["token"],
    ...machine("first"),
    name: "first by another name",
  });
  await call("PATCH", `/devices/${id}`, { name: "renamed" });
  // The system of a computer is installed anew, and the newer device replaces the older.
  const twins: string[] = [];
  for (const machineId of ["before", "anew"]) {
    const body = { enrolmentKey: key["token"], ...machine("twin"), machineId };
    const twin = (await call("POST", "/agent/enrol", body)) as { device: Json; token: string };
    await call("POST", "/agent/backup-sets", { name: "twin's", selection }, twin.token);
    await call("POST", "/agent/backups", {}, twin.token);
    twins.push(String(twin.device["id"]));
  }
  await call("POST", `/devices/${twins[0]}/replace`, { by: twins[1] });
  await call("POST", `/devices/${id}/deactivate`);
  await call("POST", `/devices/${id}/activate`);
  await call("DELETE", `/devices/${id}?confirm=renamed`);
  await call("DELETE", `${keys}/${String(key["id"])}`);

  const waits = (await enrol({ enrolmentKey: waitingKey["token"] }, "waits"))["device"] as Json;
  await call("POST", `/devices/${String(waits["id"])}/approve`, {});
  const [username, password] = ["fleet", "nobody guesses this one"];
  const second = { customerId: customer, plan: "basic", username, password, contact: { ...person, name: "Ann" } };
  const { parentId: _, country: __, ...contact } = second.contact;
  const accountId = await idOf("/accounts", { ...second, contact });
  await enrol({ username, password }, "by-login");
  await call("POST", "/devices", { accountId, ...machine("foreseen") });
  const referred = { accountId, externalRef: "D-1", ...machine("referred") };
  for (const name of ["referred", "renamed"]) await call("PUT", "/devices", { ...referred, name });
  await call("GET", `/devices?accountId=${accountId}&externalRef=D-1`);
  await stack.settle();

  // What the reseller remembers of the customer is lost, and the customer has miscounted.
  const { documents, name: TableName } = tableOf();
  const miscount = { UpdateExpression: "ADD deviceCount :one", ExpressionAttributeValues: { ":one": 1 } };
  await documents.send(new UpdateCommand({ TableName, Key: { pk: customer, sk: "@" }, ...miscount }));
  await stack.settle();
  await documents.send(new DeleteCommand({ TableName, Key: { pk: reseller, sk: `totals#${customer}` } }));
  const recount = (repair: boolean) =>
    stack.invoke("recountUsage", { customerId: reseller, repair }) as Promise<{ repaired: number; wrong: unknown[] }>;
  expect((await recount(true)).repaired).toBeGreaterThan(0);
  await recount(true);
  await stack.settle();
  expect((await recount(false)).wrong).toEqual([]);

  // A link to the customer stands where it should not, and another does not stand where it should.
  const astray = { pk: reseller, sk: `customer#astray\u0001${customer}`, kind: "link", id: customer };
  await documents.send(new PutCommand({ TableName, Item: astray }));
  await documents.send(
    new DeleteCommand({ TableName, Key: { pk: reseller, sk: `created#all-inclusive#${customer}` } }),
  );
  expect(await stack.invoke("recoverAccess", { reason: "A drill" })).toMatchObject({ key: { role: "admin" } });
  expect(await stack.invoke("rebuildLinks", { customerId: reseller })).toMatchObject({ rebuilt: 2, busy: [] });
  await useSearch(reseller, customer);
}

/** What is remembered of what is filed for search is lost: somebody goes on with a move, and all is looked through. */
async function useSearch(reseller: string, customer: string): Promise<void> {
  const { documents, name: TableName } = tableOf();
  const forget = () => documents.send(new DeleteCommand({ TableName, Key: { pk: `FILED#${customer}`, sk: "@" } }));
  const { pk, sk } = refilingKey("branch", reseller, null);
  const position = { part: 0 };
  const due = { duePk: "refiling#0", dueSk: `2000-01-01T00:00:00.000Z#${pk}` };
  const order = { pk, sk, kind: "refiling", scan: "branch", id: reseller, position, token: "x", ...due };
  await forget();
  await documents.send(new PutCommand({ TableName, Item: order }));
  await call("POST", "/_local/schedules/sweepSearch/run");
  await forget();
  expect(await stack.invoke("rebuildSearch", { customerId: reseller })).toMatchObject({ failed: [] });
}

/** The table as its owner sees it, past all functions. */
function tableOf(): { documents: DynamoDBDocumentClient; name: string } {
  const client = new DynamoDBClient({
    ...stack.database,
    region: pseudoParameters["AWS::Region"] ?? "",
  });
  return { documents: DynamoDBDocumentClient.from(client), name: stack.tableName };
}

/** Report subscriptions and their reports. @returns a subscription that goes on */
async function useReports(reseller: string): Promise<string> {
  const recipients = [{ email: "reader@example.com" }, { email: "other@example.com" }];
  const body = { customerId: reseller, kind: "consolidated", frequency: "daily", hour: 6, recipients };
  const [kept, ended] = [await idOf("/report-subscriptions", body), await idOf("/report-subscriptions", body)];
  const path = `/report-subscriptions/${kept}`;
  for (const read of [`/report-subscriptions?customerId=${reseller}`, path, `${path}/preview`]) await call("GET", read);
  await call("PATCH", path, { active: false });
  await call("PATCH", path, { active: true, hour: 7 });
  await call("DELETE", `/report-subscriptions/${ended}`);
  await call("POST", `${path}/send`);
  await stack.settle();
  const [run] = (await call("GET", `${path}/deliveries`))["items"] as Json[];
  const link = await inMailTo("other@example.com", /\/unsubscribe\/\S+/);
  for (const method of ["GET", "POST"]) expect((await fetch(`${stack.url}/v1${link}`, { method })).status).toBe(200);
  // A timer that belongs to nothing any more goes with the next sweep.
  const { documents, name: TableName } = tableOf();
  const [pk, at] = ["ID#sub_00000000000000000000000000", "2000-01-01T00:00:00.000Z"];
  const due = { duePk: "report#0", dueSk: `${at}#${pk}` };
  const Item = { pk, sk: "timer#report", kind: "timer", timer: "report", at, ...due };
  await documents.send(new PutCommand({ TableName, Item }));
  // A report that was ordered and that the stream did not bring to its builder.
  const forgotten = { ":queued": "queued", ":kind": "report-run#0", ":at": at };
  await documents.send(
    new UpdateCommand({
      TableName,
      Key: { pk: `REPORTS#${kept}`, sk: String(run?.["to"]) },
      UpdateExpression: "SET #state = :queued, duePk = :kind, dueSk = :at",
      ExpressionAttributeNames: { "#state": "state" },
      ExpressionAttributeValues: forgotten,
    }),
  );
  await call("POST", "/_local/clock", { advance: "P2D" });
  await stack.settle();
  return kept;
}

/** Event handlers that call a receiver which fails at first, and send mails; by the stream, and by a sweep where that has lost a lane. */
async function useEvents(reseller: string): Promise<void> {
  let status = 500;
  const receiver = createServer(
    (request, answer) => void request.resume().on("end", () => answer.writeHead(status).end()),
  );
  await new Promise<void>((resolve) => {
    receiver.listen(0, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  await call("POST", "/_local/webhooks", { loopback: true });
  const person = { email: "events@example.com", country: "DE", parentId: reseller };
  const customerId = await idOf("/customers", { ...person, name: "Events" });
  const made = { customerId, name: "Hook" };
  const id = await idOf("/event-handlers", { ...made, action: { kind: "webhook", url } });
  await idOf("/event-handlers", { ...made, action: { kind: "mail", recipients: ["events@example.com"] } });
  const path = `/event-handlers/${id}`;
  for (const read of [`/event-handlers?customerId=${customerId}`, path]) await call("GET", read);
  await call("PATCH", path, { name: "Hooks" });
  await call("POST", `${path}/secret`, {});
  const delivery = String((await call("POST", `${path}/test`))["id"]);
  await stack.settle();
  await call("POST", `${path}/deliveries/${delivery}/redeliver`);
  await stack.settle();
  const lane = (set: string, values: Json) =>
    tableOf().documents.send(
      new UpdateCommand({
        TableName: stack.tableName,
        Key: { pk: `DELIVERIES#${id}`, sk: "@" },
        UpdateExpression: `${set} REMOVE pausedUntil`,
        ExpressionAttributeValues: values,
      }),
    );
  // Somebody has died who held the lane, and nobody has taken what came in meanwhile.
  const { now } = await call("GET", "/_local/clock");
  const until = new Date(Date.parse(String(now)) + 2 * 60_000).toISOString();
  const due = { ":kind": "event-lane#0", ":at": "2000-01-01T00:00:00.000Z", ":dead": "dead", ":until": until };
  await lane("SET wake = :run, dueAt = :at, duePk = :kind, dueSk = :at, lease = :dead, leaseUntil = :until", {
    ...due,
    ":run": "run",
  });
  // The stream comes with that change while the lane is still held, and so leaves it to the sweep.
  await stack.settle();
  await call("POST", "/_local/clock", { advance: "PT5M" });
  status = 204;
  await call("POST", "/_local/clock", { advance: "PT30M" });
  await stack.settle();
  const { items } = await call("GET", `${path}/deliveries`);
  expect((items as Json[]).find((one) => one["id"] === delivery)).toMatchObject({ state: "delivered" });
  expect((await call("GET", `/events?customerId=${customerId}`))["items"]).not.toEqual([]);
  await call("DELETE", path);
  await stack.settle();
  await call("POST", "/_local/webhooks", { loopback: false });
  receiver.close();
}

/** Mails that are sent, refused, repeated and bounce, by the stream and by the sweep. */
async function useMails(reseller: string, subscription: string): Promise<void> {
  let count = 0;
  const newAccount = (email: string): Promise<Json> => {
    const name = `Mail ${(count += 1)}`;
    const customer = { parentId: reseller, name, email, country: "DE" };
    return call("POST", "/accounts", { customer, plan: "basic", username: name.replace(" ", "-") });
  };
  const { contactId } = await newAccount("bounce@simulator.amazonses.com");
  await stack.settle();
  await call("POST", `/contacts/${String(contactId)}/release`);
  await stack.mailOutage("rejected", 1);
  await newAccount("rejected@example.com");
  await stack.settle();
  await stack.mailOutage("down");
  await newAccount("late@example.com");
  await call("POST", `/report-subscriptions/${subscription}/send`);
  await newAccount("late-and-rejected@example.com");
  await stack.settle();
  await stack.mailOutage("rejected", 1);
  await call("POST", "/_local/clock", { advance: "PT5M" });
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "tenantry-rights-"));
  stack = await startLocal({ home, port: 0, quiet: true, database: await newDatabase() });
  await useEverything();
}, 600_000);
afterAll(async () => {
  await stack.stop();
  rmSync(home, { recursive: true, force: true });
});

/** Rights as the recorder names them, from the grants of a contract. Which policy follows from a grant is tested with the stacks. */
function named(grant: string, table: string): string {
  const [target = "", action = ""] = grant.split(":");
  if (target === "mail") return `ses:${action}`;
  if (target === "seal") return `kms:${action}`;
  if (target === "vault") return `${action === "AssumeRole" ? "sts" : "s3"}:${action}`;
  if (target === "rate") return `dynamodb:${action} table/${table} RATE#`;
  if (target === "log") return `dynamodb:${action} table/${table} LOG#`;
  return `dynamodb:${action} table/${table}${target === "due" || target === "history" ? `/index/${target}` : ""}`;
}
/** Only the rights to count, refusals included, and to take a log entry's timer away are limited to a kind of key. */
const kindless = (right: string): string => {
  if (right.startsWith("s3:") || right.startsWith("sts:")) return right.slice(0, right.indexOf(" "));
  return /UpdateItem .* (RATE|ACCESS|LOG)#$/.test(right)
    ? right.replace(/ACCESS#$/, "RATE#")
    : right.replace(/ [A-Z]+#$/, "");
};
/** Whether a call may have noted when a key or a session was used last, which is a right of its own. */
const isSeen = (right: string): boolean => /UpdateItem .* (KEY|USER)#$/.test(right);
/** Comes with the right to assume a role. */
const implied = "sts:TagSession";
/** A call as policies see it; null: its resource is not recorded, since there is one of its kind only. */
function callOf(right: string): Call | null {
  const [action = "", resource = "", kind] = right.split(" ");
  const { "AWS::Region": region = "", "AWS::AccountId": account = "" } = pseudoParameters;
  const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`;
  switch (action.slice(0, action.indexOf(":"))) {
    case "dynamodb": {
      const context: Call["context"] = {
        ...(kind !== undefined && { "dynamodb:LeadingKeys": [`${kind}x`] }),
        "dynamodb:Attributes": ["pk", "sk"],
      };
      return { action, resource: arn("dynamodb", resource), context };
    }
    case "lambda":
      return { action, resource: arn("lambda", `function:${resource}`), context: {} };
    case "s3":
      return { action, resource: `arn:aws:s3:::${resource}`, context: {} };
    case "sts":
      return { action, resource, context: {} };
    default:
      return null;
  }
}
/** The functions that the relay starts. */
const relayed = jobList.filter(isRelayed).map((job) => `lambda:InvokeFunction ${functionName("local", job)}`);
const everyFunction: { id: string; grants: Grant[]; starts?: string[] }[] = [
  ...operations.map((contract) => ({ id: contract.id, grants: grantsOf(contract) })),
  ...jobList.map((job) => ({ id: job.id, grants: [...job.grants], starts: job.kind === "relay" ? relayed : [] })),
];

const seldom: ReadonlySet<Grant> = new Set(["hint:UpdateItem", "seen:UpdateItem"]);
describe("the rights of", () => {
  // The hint is mended only where a customer was moved, and a session's last use is noted now and then; the tests of the stores show that they ask for nothing else.
  test.each(everyFunction)("$id are what it uses, no fewer and no more", ({ id, grants, starts = [] }) => {
    const calls = [...(stack.awsCalls.get(id) ?? [])].filter(
      (right) => grants.includes("table:UpdateItem") || !isSeen(right),
    );
    const used = [...new Set(calls.map(kindless))].filter((one) => one !== implied).sort();
    const granted = grants.filter((grant) => !seldom.has(grant)).map((grant) => named(grant, stack.tableName));
    expect(used).toEqual([...granted, ...starts].sort());
  });

  test.each(everyFunction)("$id allow each of its calls, as IAM evaluates its policy", async ({ id }) => {
    const { statements } = stack.functions.get(id) ?? { statements: [] };
    for (const used of stack.awsCalls.get(id) ?? []) {
      const asked = callOf(used);
      if (asked) expect([used, await isAllowed(asked, statements)]).toEqual([used, true]);
    }
  });

  test("every function of the app are of one that the contracts name", () => {
    expect([...stack.functions.keys()].sort()).toEqual(everyFunction.map(({ id }) => id).sort());
  });
});
