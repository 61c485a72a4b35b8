// A backup agent in small: what a computer says to Tenantry, and how it uses the storage, with nothing but fetch and the stock S3 client.
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

/** An answer of the API that is no success. */
export class ProblemError extends Error {
  constructor(path, status, problem) {
    super(`${path} answered ${status}: ${problem.detail ?? problem.title}`);
    this.status = status;
    this.code = problem.code;
  }
}

/** A call of the API. What passes by itself is tried again, as the answer says. */
export async function call(url, token, method, path, body) {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(`${url}/v1${path}`, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = await response.json();
    if (response.ok) return answer;
    if (attempt === 5 || ![429, 503].includes(response.status)) throw new ProblemError(path, response.status, answer);
    await sleep(1000 * Number(response.headers.get("retry-after") ?? 1));
  }
}

/** Makes this computer a device of an account. The token is told once: an agent keeps it in the key store of its system. */
export async function enrol(url, login, machine) {
  const { device, token } = await call(url, null, "POST", "/agent/enrol", { ...login, ...machine });
  return { url, device, token };
}

/** What of the computer is backed up. */
export const createSet = (agent, set) => call(agent.url, agent.token, "POST", "/agent/backup-sets", set);

/** Asks for leave to back up. While the customer's vault is being made there is none: an agent asks again. */
export async function askForLeave(agent, backupSetId) {
  for (let attempt = 1; ; attempt += 1) {
    const { allowed, grant, reasons } = await call(agent.url, agent.token, "POST", "/agent/backups", { backupSetId });
    if (allowed) return grant;
    const codes = reasons.map(({ code }) => code);
    if (attempt === 30 || codes.some((code) => code !== "vault_not_ready"))
      throw Object.assign(new Error(`No leave to back up: ${codes.join(", ")}`), { codes });
    await sleep(1000);
  }
}

/**
 * The stock S3 client with the credentials of a grant. Before they expire it asks for new ones, so that a backup may take longer than an hour.
 */
export function storageOf(agent, grant) {
  let current = grant.credentials;
  return new S3Client({
    region: grant.region,
    endpoint: grant.endpoint,
    forcePathStyle: true,
    credentials: async () => {
      if (Date.parse(current.expiresAt) - Date.now() < 10 * 60_000) current = await renew(agent, grant);
      const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = current;
      // The client asks anew a few minutes before this.
      return { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(expiresAt) };
    },
  });
}

/** New credentials for a backup under way. */
export async function renew(agent, grant) {
  const path = `/agent/grants/${grant.id}/credentials`;
  const { allowed, credentials, reasons } = await call(agent.url, agent.token, "POST", path, {});
  if (allowed) return credentials;
  const codes = reasons.map(({ code }) => code);
  throw Object.assign(new Error(`The backup may not go on: ${codes.join(", ")}`), { codes });
}

/** Uploads a file in parts, four at a time. */
export const upload = (storage, grant, name, content) =>
  new Upload({
    client: storage,
    queueSize: 4,
    params: { Bucket: grant.bucket, Key: `${grant.prefix}${name}`, Body: content },
  }).done();

/** Reads a file back. @returns its SHA-256 and its length */
export async function restore(storage, grant, name) {
  const { Body } = await storage.send(new GetObjectCommand({ Bucket: grant.bucket, Key: `${grant.prefix}${name}` }));
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of Body) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest("hex"), bytes };
}

/** The names of the files that are stored, each with its size. */
export async function list(storage, grant) {
  const files = [];
  let ContinuationToken;
  do {
    const page = await storage.send(
      new ListObjectsV2Command({ Bucket: grant.bucket, Prefix: grant.prefix, ContinuationToken }),
    );
    for (const { Key, Size } of page.Contents ?? []) files.push({ name: Key.slice(grant.prefix.length), bytes: Size });
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  return files;
}

/** Tells what came of a backup, and how much space the computer uses now. Both can be sent again: they count once. */
export async function report(agent, job, usedBytes) {
  const told = await call(agent.url, agent.token, "POST", "/agent/jobs", job);
  await call(agent.url, agent.token, "POST", "/agent/usage", { usedBytes, measuredAt: job.endedAt });
  return told;
}
