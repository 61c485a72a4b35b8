#!/usr/bin/env node
// Backs up 50 MB from one computer to a running local stack and restores it, then shows what a computer cannot do: read or write next door, and
// go on once its customer is switched off. Ends with an error where anything is not as it should be.
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, DeleteObjectCommand } from "@aws-sdk/client-s3";
import { askForLeave, call, createSet, enrol, list, renew, report, restore, storageOf, upload } from "./agent.js";

const usage = `
Usage: npm run agent -- [options]

Creates a customer with two computers on a running local stack (npm start), backs up one of them and restores it.

  --url URL       where the API answers (http://127.0.0.1:8787)
  --home FOLDER   the stack's folder, with its first key (.tenantry)
  --size BYTES    how much to back up (52428800)
`;
/** The options of the command line; a wrong one ends the program with one line. */
function readOptions() {
  try {
    return parseArgs({
      options: {
        url: { type: "string", default: `http://127.0.0.1:${process.env.PORT ?? 8787}` },
        home: { type: "string", default: process.env.TENANTRY_HOME ?? ".tenantry" },
        size: { type: "string", default: String(50 * 1024 * 1024) },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${error.message.split(/[.\n]/, 1)[0]}. Try --help.\n`);
    return process.exit(2);
  }
}
const values = readOptions();
if (values.help) {
  process.stdout.write(`${usage.trim()}\n`);
  process.exit(0);
}
const fail = (text) => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};
const keyFile = join(resolve(values.home), "admin-key");
if (!existsSync(keyFile)) fail(`There is no ${keyFile}. Start the stack with npm start first, or say --home.`);
const adminKey = readFileSync(keyFile, "utf8").trim();
const size = Number(values.size);
if (!Number.isSafeInteger(size) || size < 1 || size > 2 ** 30) fail("--size must be 1 to 1073741824.");
const admin = (method, path, body) => call(values.url, adminKey, method, path, body);
const say = (text) => process.stdout.write(`${text}\n`);
const check = (holds, text) => (holds ? say(`  ok   ${text}`) : fail(`  NOT  ${text}`));
/** Whether the storage refuses something. */
const isRefused = async (storage, command) => {
  try {
    await storage.send(command);
    return false;
  } catch (error) {
    if (error.name === "AccessDenied") return true;
    throw error;
  }
};

try {
  // What a reseller does once: a customer, and an account for each of its two computers.
  const suffix = randomBytes(3).toString("hex");
  const { scope } = await admin("GET", "/me");
  const person = { email: `agent-${suffix}@example.com`, country: "DE" };
  const reseller = await admin("POST", "/customers", {
    ...person,
    parentId: scope.id,
    level: "reseller",
    name: `Agent example ${suffix}`,
  });
  const customer = await admin("POST", "/customers", {
    ...person,
    parentId: reseller.id,
    name: `Bakery ${suffix}`,
    autoAuthorize: true,
  });
  const password = randomBytes(12).toString("base64url");
  const logins = [`anna-${suffix}`, `bert-${suffix}`].map((username) => ({ username, password }));
  const account = (login, rest) => admin("POST", "/accounts", { customerId: customer.id, ...login, ...rest });
  const contact = { name: "Anna Baker", email: person.email };
  const parent = await account(logins[0], { plan: "select", contact });
  await account(logins[1], { parentAccountId: parent.id, contact: { name: "Bert Baker", email: person.email } });
  say(`Customer ${customer.name}, whose data lie in ${customer.vault.region}`);

  // Each computer enrols once.
  const machine = (name) => ({ machineId: `${name}-${suffix}`, name, kind: "workstation", os: "Linux" });
  const anna = await enrol(values.url, logins[0], machine("till"));
  const bert = await enrol(values.url, logins[1], machine("office"));
  const set = await createSet(anna, { name: "Images", selection: { include: ["/var/images"], exclude: [] } });
  const [grant, next] = [await askForLeave(anna, set.id), await askForLeave(bert)];
  const [storage, nextStorage] = [storageOf(anna, grant), storageOf(bert, next)];

  const content = randomBytes(size);
  const sha256 = createHash("sha256").update(content).digest("hex");
  const startedAt = new Date();
  await upload(storage, grant, "images/till.img", content);
  const seconds = (Date.now() - startedAt.getTime()) / 1000;
  say(`Uploaded ${size} bytes in parts, in ${seconds.toFixed(1)} s`);
  await upload(nextStorage, next, "secret.txt", Buffer.from("Bert's own"));

  check(
    (await restore(storage, grant, "images/till.img")).sha256 === sha256,
    "what is restored is what was backed up, bit for bit",
  );
  const files = await list(storage, grant);
  check(files.length === 1 && files[0].bytes === size, "the list of files holds this one");

  const door = { Bucket: grant.bucket, Key: `${next.prefix}secret.txt` };
  check(await isRefused(storage, new GetObjectCommand(door)), "next door cannot be read");
  check(await isRefused(storage, new PutObjectCommand({ ...door, Body: "x" })), "nor written");
  check(await isRefused(storage, new DeleteObjectCommand(door)), "nor deleted");
  for (const Prefix of [next.prefix, `${customer.id}/`, customer.id, "", undefined])
    check(
      await isRefused(storage, new ListObjectsV2Command({ Bucket: grant.bucket, Prefix })),
      `nor listed (${Prefix === undefined ? "without a prefix" : `prefix "${Prefix}"`})`,
    );
  const { VersionId } = await upload(storage, grant, "notes.txt", Buffer.from("first"));
  const own = { Bucket: grant.bucket, Key: `${grant.prefix}notes.txt` };
  check(
    await isRefused(storage, new DeleteObjectCommand({ ...own, VersionId })),
    "its own versions cannot be removed for good",
  );

  const renewed = await renew(anna, grant);
  check(renewed.sessionToken !== grant.credentials.sessionToken, "credentials are renewed");

  const usedBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const job = {
    backupSetId: set.id,
    jobId: `job-${suffix}`,
    type: "backup",
    status: "succeeded",
    startedAt: startedAt.toISOString(),
    endedAt: new Date().toISOString(),
    bytes: size,
    files: files.length,
    errors: [],
  };
  check((await report(anna, job, usedBytes)).status === "succeeded", "the job is reported");

  await admin("POST", `/customers/${customer.id}/deactivate`);
  const codes = await askForLeave(anna).then(
    () => [],
    (error) => error.codes ?? [],
  );
  check(codes.includes("inactive"), "a customer that is switched off gets no leave");
  const ended = await renew(anna, grant).then(
    () => [],
    (error) => error.codes ?? [],
  );
  check(ended.includes("inactive"), "nor new credentials for a backup under way");
  say("All as it should be.");
} catch (error) {
  fail(error.stack ?? String(error));
}
