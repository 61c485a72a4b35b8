import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PolicyStatement } from "../../../local/assembly/assembly.ts";
import { LocationCode } from "../../../shared/domain/terms/locations.ts";
import { bucketOf, regionOf, vaultRoleArn } from "../../../shared/domain/terms/storage-plan.ts";
import { storagePlan } from "../../support/storage-plan.ts";
import { dayMs, expectRefusal } from "../stages/book.ts";
import { openVaultStage, type VaultStage } from "../stages/vaults.ts";
import { hourMs } from "./minutes.ts";

type Body = Awaited<ReturnType<VaultStage["ok"]>>;
const clients: S3Client[] = [];
let stage: VaultStage;
/** Roles that may do everything in their buckets: what is refused here the session's own policy refuses, without the role's help. */
const roles = new Map(
  LocationCode.options.map((code) => {
    const bucket = `arn:aws:s3:::${bucketOf(storagePlan, code)}`;
    const statement: PolicyStatement = { Effect: "Allow", Action: ["s3:*"], Resource: [bucket, `${bucket}/*`] };
    return [vaultRoleArn(storagePlan, code), [statement]];
  }),
);
beforeAll(async () => {
  stage = await openVaultStage({}, roles);
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await stage.close();
});

const at = (id: string) => ({ params: { id } });
/** A customer with a vault, and an account with a device that has backed up. */
async function stored(more: object = {}) {
  const customer = await stage.customer({ country: "DE", ...more });
  await stage.consume(customer.id);
  return { customer, ...(await member(customer.id)) };
}
/** An account of a customer with a device that has backed up. */
async function member(customerId: string, more: object = {}) {
  const account = await stage.login({ customerId, ...more });
  const device = await computer(account);
  return { account, device, prefix: `${customerId}/${device.id}/` };
}
async function computer({ username, password }: Body): Promise<Body> {
  const { body } = await stage.enrol({ username, password });
  const device = { ...body.device, token: body.token };
  expect((await stage.backup(device)).body.allowed).toBe(true);
  return device;
}
async function portal({ username, password }: Body): Promise<{ token: string }> {
  return stage.ok("login", { body: { username, password } }, { token: null });
}
const ask = (id: string, session: { token: string }, body: object = {}, query: Record<string, string> = {}) =>
  stage.call("giveRestoreAccess", { ...at(id), body, query }, session);
/** The access that whoever logs in by an account gets to a device. */
async function access(account: Body, device: Body, body: object = {}): Promise<Body> {
  const reply = await ask(device.id, await portal(account), body);
  expect([reply.status, reply.body]).toEqual([200, expect.anything()]);
  return reply.body;
}
/** A client that signs with what was given. */
function clientOf({ credentials }: Body, location: LocationCode = "DE"): S3Client {
  const client = new S3Client({
    endpoint: stage.storage.url,
    region: regionOf(location),
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
  clients.push(client);
  return client;
}
const readBy = async (client: S3Client, Key: string): Promise<string | undefined> =>
  (await client.send(new GetObjectCommand({ Bucket: stage.bucket("DE"), Key }))).Body?.transformToString();
const denied = { name: "AccessDenied", $metadata: { httpStatusCode: 403 } };

describe("access for a restore", () => {
  test("reads what the device has stored, and writes and deletes nothing", async () => {
    const { account, device, customer, prefix } = await stored();
    const Bucket = stage.bucket("DE");
    for (const name of ["a", "b/c"]) await stage.put("DE", `${prefix}${name}`, name);
    const given = await access(account, device);
    expect(given).toEqual({
      location: "DE",
      region: "eu-central-1",
      bucket: Bucket,
      endpoint: stage.storage.url,
      prefixes: [prefix],
      storageServer: null,
      credentials: {
        accessKeyId: expect.stringMatching(/^ASIA/),
        secretAccessKey: expect.any(String),
        sessionToken: expect.any(String),
        expiresAt: expect.any(String),
        prefixes: [prefix],
      },
    });
    const lasts = Date.parse(given.credentials.expiresAt) - stage.now();
    expect([lasts > hourMs - 60_000, lasts <= hourMs]).toEqual([true, true]);
    const client = clientOf(given);
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix }));
    expect(Contents.map(({ Key }) => Key)).toEqual([`${prefix}a`, `${prefix}b/c`]);
    expect([await readBy(client, `${prefix}a`), await readBy(client, `${prefix}b/c`)]).toEqual(["a", "b/c"]);
    const before = await stage.versions("DE", `${customer.id}/`);
    const Key = `${prefix}a`;
    for (const work of [
      () => client.send(new PutObjectCommand({ Bucket, Key, Body: "other" })),
      () => client.send(new PutObjectCommand({ Bucket, Key: `${prefix}new`, Body: "new" })),
      () => client.send(new CreateMultipartUploadCommand({ Bucket, Key })),
      () => client.send(new DeleteObjectCommand({ Bucket, Key })),
      () => client.send(new ListObjectVersionsCommand({ Bucket, Prefix: prefix })),
    ])
      await expect(work()).rejects.toMatchObject(denied);
    const many = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } }));
    expect([many.Deleted ?? [], many.Errors?.map(({ Code }) => Code)]).toEqual([[], ["AccessDenied"]]);
    expect(await stage.versions("DE", `${customer.id}/`)).toEqual(before);
    expect(await readBy(client, Key)).toBe("a");
  });

  test("opens no other device's data, be it of the same account, customer or another one", async () => {
    const [mine, foreign] = [await stored(), await stored()];
    const other = await member(mine.customer.id, { plan: "basic" });
    const second = await computer(mine.account);
    const Bucket = stage.bucket("DE");
    const closed = [other.prefix, foreign.prefix, `${mine.customer.id}/${second.id}/`];
    for (const prefix of [mine.prefix, ...closed]) await stage.put("DE", `${prefix}file`, prefix);
    const client = clientOf(await access(mine.account, mine.device));
    expect(await readBy(client, `${mine.prefix}file`)).toBe(mine.prefix);
    for (const prefix of closed) await expect(readBy(client, `${prefix}file`)).rejects.toMatchObject(denied);
    await expect(readBy(client, `${mine.customer.id}/.tenantry/vault.json`)).rejects.toMatchObject(denied);
    const above = [undefined, "", `${mine.customer.id}/`, mine.prefix.slice(0, -1)];
    for (const Prefix of [...closed, ...above])
      await expect(client.send(new ListObjectsV2Command({ Bucket, Prefix }))).rejects.toMatchObject(denied);
  });

  test("ends after an hour", async () => {
    const { account, device, prefix } = await stored();
    await stage.put("DE", `${prefix}file`, "data");
    const client = clientOf(await access(account, device));
    stage.advance(hourMs - 60_000);
    expect(await readBy(client, `${prefix}file`)).toBe("data");
    stage.advance(2 * 60_000);
    await expect(readBy(client, `${prefix}file`)).rejects.toMatchObject({ name: "ExpiredToken" });
  });

  test("is logged, as the account's doing; nothing that opens the storage is kept", async () => {
    const { account, device } = await stored();
    const session = await portal(account);
    const headers = { "idempotency-key": "restore" };
    const send = () => stage.call("giveRestoreAccess", { ...at(device.id), body: {} }, { ...session, headers });
    const first = await send();
    const again = await send();
    expect(again.body).toEqual({ ...first.body, credentials: null });
    const rehearsed = await ask(device.id, session, {}, { dryRun: "true" });
    expect(rehearsed.body).toEqual({ ...first.body, credentials: null });
    const entries = (await stage.logged(device.id)).filter(({ type }) => type === "RestoreAccessGiven");
    expect(entries).toMatchObject([{ actor: { kind: "account", id: account.id }, node: { id: device.id } }]);
    const { secretAccessKey, sessionToken, accessKeyId } = first.body.credentials;
    for (const secret of [secretAccessKey, sessionToken, accessKeyId])
      expect(JSON.stringify([entries, await stage.item(device.id)])).not.toContain(secret);
  });
});

describe("data that lie elsewhere", () => {
  test("are those of the devices that one has replaced, and are refused under their old name", async () => {
    const { account, device: older, prefix, customer } = await stored();
    const newer = await computer(account);
    await stage.put("DE", `${prefix}file`, "old");
    await stage.ok("replaceDevice", { ...at(older.id), body: { by: newer.id } });
    const given = await access(account, newer);
    expect(given.prefixes).toEqual([`${customer.id}/${newer.id}/`, prefix]);
    expect(await readBy(clientOf(given), `${prefix}file`)).toBe("old");
    const one = await access(account, newer, { prefixes: [prefix] });
    expect([one.prefixes, one.credentials.prefixes]).toEqual([given.prefixes, [prefix]]);
    const session = await portal(account);
    expectRefusal(await ask(older.id, session), 409, "device_replaced");
    expectRefusal(await ask(newer.id, session, { prefixes: [`${customer.id}/`] }), 422, "not_applicable");
  });

  test("are those in the vault of a customer that the account has left", async () => {
    const { account, device, prefix, customer } = await stored();
    const stays = await member(customer.id, { plan: "basic" });
    await stage.put("DE", `${prefix}file`, "left behind");
    await stage.put("DE", `${stays.prefix}file`, "not theirs");
    const to = await stage.customer({ country: "CH" });
    await stage.consume(to.id);
    const task = await stage.ok("moveAccounts", { body: { ids: [account.id], customerId: to.id } });
    stage.advance(3 * 60_000);
    await stage.invoke("functions/schedule/sweep-tasks.ts", {});
    expect((await stage.ok("getTask", at(task.id))).status).toBe("succeeded");
    const given = await access(account, device);
    expect(given).toMatchObject({ location: "DE", bucket: stage.bucket("DE"), prefixes: [prefix] });
    const client = clientOf(given);
    expect(await readBy(client, `${prefix}file`)).toBe("left behind");
    await expect(readBy(client, `${stays.prefix}file`)).rejects.toMatchObject(denied);
  });

  test("are not those of another account's device, of which a backup set was moved here", async () => {
    const { account, device, customer, prefix } = await stored();
    const lender = await member(customer.id, { plan: "basic" });
    await stage.put("DE", `${lender.prefix}file`, "not theirs");
    const set = await stage.ownSet(lender.device);
    await stage.ok("moveBackupSet", { ...at(set.id), body: { deviceId: device.id } });
    expect((await stage.backup(device)).body.grant.inheritedPrefixes).toEqual([lender.prefix]);
    const given = await access(account, device);
    expect(given.prefixes).toEqual([prefix]);
    await expect(readBy(clientOf(given), `${lender.prefix}file`)).rejects.toMatchObject(denied);
    const session = await portal(account);
    expectRefusal(await ask(device.id, session, { prefixes: [lender.prefix] }), 422, "not_applicable");
  });

  test("are on a software-only customer's own server: the answer says where that is", async () => {
    const { account, device, prefix, customer } = await stored({ serviceType: "software-only" });
    expectRefusal(await ask(device.id, await portal(account)), 409, "storage_server_required");
    const url = "https://198.51.101.7/";
    const { server } = await stage.ok("createStorageServer", { body: { customerId: customer.id, name: "Own", url } });
    await stage.ok("chooseStorageServer", { ...at(customer.id), body: { storageServerId: server.id } });
    expect(await access(account, device)).toEqual({
      location: "DE",
      region: null,
      bucket: null,
      endpoint: null,
      prefixes: [prefix],
      storageServer: { id: server.id, name: "Own", url, state: "new" },
      credentials: null,
    });
  });
});

describe("who gets access, and to what", () => {
  test("is the device's own account alone", async () => {
    const { account, device, customer } = await stored();
    const other = await member(customer.id, { plan: "basic" });
    const session = await portal(other.account);
    const unknown = await ask("dev_00000000000000000000000000", session);
    const reply = await ask(device.id, session);
    expectRefusal(reply, 404, "not_found");
    expect({ ...reply.body, requestId: "" }).toEqual({ ...unknown.body, requestId: "" });
    // Whoever has switched to an account restores its devices, under the own name.
    await stage.ok("switchAccount", { body: { accountId: account.id } }, session);
    expect((await ask(device.id, session)).status).toBe(200);
    expectRefusal(await ask(other.device.id, session), 404, "not_found");
    const entry = (await stage.logged(device.id)).find(({ type }) => type === "RestoreAccessGiven");
    expect(entry.actor).toMatchObject({ kind: "account", id: other.account.id });
    expectRefusal(await ask(device.id, { token: device.token }), 401, "unauthenticated");
    expectRefusal(await ask(device.id, { token: stage.token }), 401, "unauthenticated");
  });

  test("is nobody where a level above forbids it, whatever those below say", async () => {
    const { account, device, customer } = await stored();
    const settings = (id: string, restore: boolean | null) =>
      stage.ok("updateSettings", { ...at(id), body: { portal: { restore } } });
    const session = await portal(account);
    await settings(stage.resellerId, false);
    await settings(customer.id, true);
    expectRefusal(await ask(device.id, session), 403, "forbidden");
    expect((await stage.ok("getDevice", at(device.id), session)).id).toBe(device.id);
    await settings(stage.resellerId, null);
    expect((await ask(device.id, session)).status).toBe(200);
  });

  test("can be a device that is suspended, or deleted and not yet removed", async () => {
    const { account, device, prefix } = await stored();
    await stage.put("DE", `${prefix}file`, "data");
    await stage.ok("deactivateDevice", at(device.id));
    expect(await readBy(clientOf(await access(account, device)), `${prefix}file`)).toBe("data");
    await stage.ok("deleteDevice", { ...at(device.id), query: { confirm: device.name } });
    expect(await readBy(clientOf(await access(account, device)), `${prefix}file`)).toBe("data");
    // The purge has begun, and has not come to its end.
    const sk = `device#/${account.id}/${device.id}`;
    await stage.setItem(device.customerId, { purgeStartedAt: stage.at() }, sk);
    expectRefusal(await ask(device.id, await portal(account)), 410, "purged");
    stage.advance(31 * dayMs);
    await stage.invoke("functions/schedule/sweep-purges.ts", {});
    expectRefusal(await ask(device.id, await portal(account)), 404, "not_found");
  });

  test("is no device that has stored nothing yet", async () => {
    const { account } = await stored();
    const { body } = await stage.enrol({ username: account.username, password: account.password });
    const waiting = await stage.customer({ country: "DE" });
    const login = await stage.login({ customerId: waiting.id });
    const { body: early } = await stage.enrol({ username: login.username, password: login.password });
    expectRefusal(await ask(body.device.id, await portal(account)), 409, "nothing_stored");
    expectRefusal(await ask(early.device.id, await portal(login)), 409, "nothing_stored");
    // A vault that is not there yet, or is somebody else's, is not opened, whatever the device had before.
    const sk = `device#/${login.id}/${early.device.id}`;
    await stage.setItem(waiting.id, { everLicensed: true }, sk);
    expectRefusal(await ask(early.device.id, await portal(login)), 409, "nothing_stored");
    await stage.consume(waiting.id);
    expect((await ask(early.device.id, await portal(login))).status).toBe(200);
  });

  test("is nobody whose account or customer is suspended or deleted", async () => {
    for (const end of [
      ({ account }: Body) => stage.ok("updateAccount", { ...at(account.id), body: { active: false } }),
      ({ account }: Body) => stage.ok("deleteAccount", { ...at(account.id), query: { confirm: account.username } }),
      ({ customer }: Body) => stage.ok("deactivateCustomer", at(customer.id)),
    ]) {
      const of = await stored();
      const session = await portal(of.account);
      expect((await ask(of.device.id, session)).status).toBe(200);
      await end(of);
      expectRefusal(await ask(of.device.id, session), 401, "unauthenticated");
    }
  });
});
