import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { tellCalls } from "./aws-calls.ts";
import { env } from "./env.ts";

/** A bucket, and where it is reached. */
export interface Bucket {
  region: string;
  bucket: string;
  /** Instead of AWS's own address. */
  endpoint?: string | undefined;
}
/** A version of an object. */
export interface Version {
  key: string;
  versionId: string;
}
/** A version as a list tells of it. `bytes` is 0 of one that only says that the object was deleted. */
export interface ListedVersion extends Version {
  bytes: number;
  /** Milliseconds since the epoch. */
  writtenAt: number;
}

const clients = new Map<string, S3Client>();
/** One client for each region, kept warm. The first request is asked to reach the very region: nothing follows a bucket to another one. */
function clientOf({ region, endpoint }: Bucket): S3Client {
  const at = env().S3_ENDPOINT ?? endpoint;
  const key = `${region} ${at ?? ""}`;
  const known = clients.get(key);
  if (known) return known;
  const client = tellCalls(
    new S3Client({
      region,
      ...(at !== undefined && { endpoint: at, forcePathStyle: true }),
      maxAttempts: 3,
      requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    }),
  );
  clients.set(key, client);
  return client;
}

interface Failure {
  name?: string;
  code?: string;
  Code?: string;
  $metadata?: { httpStatusCode?: number };
}
const statusOf = (error: unknown): number | undefined => (error as Failure).$metadata?.httpStatusCode;

/** What stood in the way of a call. Nothing of the service's own words: they name roles and buckets of the installation. */
export type StorageFailure =
  "bucket_missing" | "bucket_elsewhere" | "access_denied" | "throttled" | "unreachable" | "storage_error";

/** What an error of the storage means. */
export function storageFailure(error: unknown): StorageFailure {
  const { name = "", code } = error as Failure;
  const status = statusOf(error);
  if (name === "NoSuchBucket") return "bucket_missing";
  if (name === "PermanentRedirect" || name === "AuthorizationHeaderMalformed" || status === 301)
    return "bucket_elsewhere";
  if (name === "SlowDown" || name === "ThrottlingException" || status === 503 || status === 429) return "throttled";
  if (status === 403 || status === 401) return "access_denied";
  if (status === undefined || code === "ECONNREFUSED") return "unreachable";
  return "storage_error";
}

/** Does something in the storage. Never throws what the storage answers: `failure` says what it means, `detail` what it said, for the log alone. */
export async function tried<T>(
  work: () => Promise<T>,
): Promise<{ value: T; failure: null } | { failure: StorageFailure; detail: string }> {
  try {
    return { value: await work(), failure: null };
  } catch (error) {
    const { name = "Error", message = "" } = error as Failure & { message?: string };
    return { failure: storageFailure(error), detail: `${name}: ${message}`.slice(0, 500) };
  }
}

/** Writes an object where none stands. @returns false where one does */
export async function createObject(bucket: Bucket, key: string, body: string): Promise<boolean> {
  try {
    await clientOf(bucket).send(
      new PutObjectCommand({
        Bucket: bucket.bucket,
        Key: key,
        Body: body,
        ContentType: "application/json",
        IfNoneMatch: "*",
      }),
    );
    return true;
  } catch (error) {
    const status = statusOf(error);
    if (status === 412) return false;
    throw error;
  }
}

/** The text of an object; null where there is none. */
export async function readObject(bucket: Bucket, key: string): Promise<string | null> {
  try {
    const { Body } = await clientOf(bucket).send(new GetObjectCommand({ Bucket: bucket.bucket, Key: key }));
    return (await Body?.transformToString()) ?? "";
  } catch (error) {
    if (statusOf(error) === 404 && (error as Failure).name === "NoSuchKey") return null;
    throw error;
  }
}

/** The region that a bucket really stands in. */
export async function regionOfBucket(bucket: Bucket): Promise<string> {
  const { LocationConstraint } = await clientOf(bucket).send(new GetBucketLocationCommand({ Bucket: bucket.bucket }));
  // S3 names its first region by saying nothing, and the first one in Europe by its old name.
  const region = LocationConstraint as string | undefined;
  return region === undefined || region === "" ? "us-east-1" : region === "EU" ? "eu-west-1" : region;
}

/** Versions of one call, the most that S3 lists and deletes at once. */
export const versionsAtOnce = 1_000;

/** A page of all versions below a prefix, markers of deletion among them, and where the next page begins. */
export async function listVersions(
  bucket: Bucket,
  prefix: string,
  after: Version | null,
): Promise<{ versions: ListedVersion[]; next: Version | null }> {
  const page = await clientOf(bucket).send(
    new ListObjectVersionsCommand({
      Bucket: bucket.bucket,
      Prefix: prefix,
      MaxKeys: versionsAtOnce,
      ...(after && { KeyMarker: after.key, VersionIdMarker: after.versionId }),
    }),
  );
  const versions = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map((version): ListedVersion => ({
    key: version.Key ?? "",
    versionId: version.VersionId ?? "null",
    bytes: "Size" in version ? Number(version.Size ?? 0) : 0,
    writtenAt: version.LastModified?.getTime() ?? 0,
  }));
  const next =
    page.IsTruncated === true && page.NextKeyMarker !== undefined
      ? { key: page.NextKeyMarker, versionId: page.NextVersionIdMarker ?? "" }
      : null;
  return { versions, next };
}

/**
 * Removes versions for good, at most as many as one call takes.
 * @returns those that the storage may not let go @throws Error where it failed at others
 */
export async function deleteVersions(bucket: Bucket, versions: readonly Version[]): Promise<Version[]> {
  const { Errors = [] } = await clientOf(bucket).send(
    new DeleteObjectsCommand({
      Bucket: bucket.bucket,
      Delete: { Quiet: true, Objects: versions.map(({ key, versionId }) => ({ Key: key, VersionId: versionId })) },
    }),
  );
  const failed = Errors.find(({ Code }) => Code !== "AccessDenied");
  if (failed) throw Object.assign(new Error(failed.Message), { name: failed.Code ?? "Error" });
  return Errors.map(({ Key, VersionId }) => ({ key: Key ?? "", versionId: VersionId ?? "" }));
}

/** Until when the storage keeps a version whatever is asked of it (ISO 8601); null: it is not under retention. */
export async function retainedUntil(bucket: Bucket, { key, versionId }: Version): Promise<string | null> {
  try {
    const { Retention } = await clientOf(bucket).send(
      new GetObjectRetentionCommand({ Bucket: bucket.bucket, Key: key, VersionId: versionId }),
    );
    return Retention?.RetainUntilDate?.toISOString() ?? null;
  } catch (error) {
    if (statusOf(error) === 404 || statusOf(error) === 400) return null;
    throw error;
  }
}

/** An upload that was begun and never completed. */
export interface Upload {
  key: string;
  uploadId: string;
}

/** A page of the uploads below a prefix that were begun and never completed, and where the next page begins. */
export async function listUploads(
  bucket: Bucket,
  prefix: string,
  after: Upload | null,
): Promise<{ uploads: Upload[]; next: Upload | null }> {
  const page = await clientOf(bucket).send(
    new ListMultipartUploadsCommand({
      Bucket: bucket.bucket,
      Prefix: prefix,
      MaxUploads: 1_000,
      ...(after && { KeyMarker: after.key, UploadIdMarker: after.uploadId }),
    }),
  );
  const uploads = (page.Uploads ?? []).map(({ Key, UploadId }) => ({ key: Key ?? "", uploadId: UploadId ?? "" }));
  const next =
    page.IsTruncated === true && page.NextKeyMarker !== undefined
      ? { key: page.NextKeyMarker, uploadId: page.NextUploadIdMarker ?? "" }
      : null;
  return { uploads, next };
}

/** Gives up an upload. One that is not there any more is no failure. */
export async function abortUpload(bucket: Bucket, { key, uploadId }: Upload): Promise<void> {
  try {
    await clientOf(bucket).send(
      new AbortMultipartUploadCommand({ Bucket: bucket.bucket, Key: key, UploadId: uploadId }),
    );
  } catch (error) {
    if ((error as Failure).name !== "NoSuchUpload") throw error;
  }
}
