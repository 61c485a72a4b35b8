import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { LocalBucket } from "../assembly/assembly.ts";
import { type Doorkeeper, mayDelete } from "./authorize.ts";
import { type Blobs, PartsRefused } from "./blobs.ts";
import { bodyOf, textOf } from "./body.ts";
import { accessDenied, Refusal } from "./refusal.ts";
import type { Operation, StorageRequest } from "./requests.ts";
import type { Session } from "./sessions.ts";
import type { Upload, Version, VersionIndex } from "./versions.ts";
import { readElements, type Xml, xml } from "./xml.ts";

/** What the storage works with. */
export interface Storage {
  index: VersionIndex;
  blobs: Blobs;
  keeper: Doorkeeper;
}

/** One request that may be carried out. */
export interface Admitted extends StorageRequest {
  at: LocalBucket;
  session: Session | null;
  message: IncomingMessage;
}

export interface StorageAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Readable;
}

const page = (root: string, content: Xml): StorageAnswer => ({
  status: 200,
  headers: { "content-type": "application/xml" },
  body: xml(root, content),
});
const pageSize = 1_000;
const sizeOf = (query: Record<string, string>, name: string): number => {
  const wanted = Number(query[name] ?? pageSize);
  return Number.isInteger(wanted) && wanted >= 0 ? Math.min(wanted, pageSize) : pageSize;
};
const noKey = (): Refusal => new Refusal(404, "NoSuchKey", "The specified key does not exist.");
const noVersion = (): Refusal => new Refusal(404, "NoSuchVersion", "The specified version does not exist.");
const noUpload = (): Refusal => new Refusal(404, "NoSuchUpload", "The specified multipart upload does not exist.");
const timeOf = (at: number): string => new Date(at).toISOString();

/** Headers that belong to an object and come back with it. */
const ownHeaders = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      typeof value === "string" &&
      (name.startsWith("x-amz-meta-") || ["content-type", "cache-control", "content-disposition"].includes(name))
        ? [[name, value]]
        : [],
    ),
  );

/** The version that a request is about. @throws Refusal where there is none, or it says that the object was deleted */
function versionFor({ index }: Storage, { bucket, key, query }: StorageRequest): Version & { blob: string } {
  const wanted = query["versionId"];
  const found = wanted === undefined ? index.latest(bucket, key) : index.find(bucket, key, wanted);
  if (!found) throw wanted === undefined ? noKey() : noVersion();
  const { blob } = found;
  if (blob === null)
    throw wanted === undefined ? noKey() : new Refusal(405, "MethodNotAllowed", "It is a delete marker.");
  return { ...found, blob };
}

const describe = ({ etag, at, version, headers }: Version): Record<string, string> => ({
  "content-type": "binary/octet-stream",
  ...(JSON.parse(headers) as Record<string, string>),
  etag: `"${etag}"`,
  "last-modified": new Date(at).toUTCString(),
  "x-amz-version-id": version,
  "accept-ranges": "bytes",
});

/** The part of an object that is asked for; null: all of it. @throws Refusal */
function rangeOf({ headers }: IncomingMessage, size: number): { start: number; end: number } | null {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? "") ?? [];
  if (from === undefined || to === undefined || (from === "" && to === "")) return null;
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (start > end) throw new Refusal(416, "InvalidRange", "The requested range is not satisfiable");
  return { start, end };
}

/** Makes a version of what was written, unless one stands where none may. */
async function commit(
  storage: Storage,
  admitted: Admitted,
  written: { blob: string; size: number; etag: string },
  headers: Record<string, string>,
): Promise<string> {
  const { index, blobs, keeper } = storage;
  const { bucket, key, at, message } = admitted;
  const now = keeper.now();
  const retention = at.retention && { mode: at.retention.mode, until: now + at.retention.days * 86_400_000 };
  const version = index.together(() => {
    const taken = message.headers["if-none-match"] === "*" && (index.latest(bucket, key)?.blob ?? null) !== null;
    return taken ? null : index.add(bucket, key, { ...written, headers, at: now, retention });
  });
  if (version !== null) return version;
  await blobs.remove(written.blob);
  throw new Refusal(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
}

const isRetained = (version: Version, now: number): boolean =>
  version.retainedUntil !== null && version.retainedUntil > now;

/** Deletes an object, which leaves a marker, or one version for good. @throws Refusal where the version is under retention */
async function remove(
  { index, blobs, keeper }: Storage,
  bucket: string,
  key: string,
  versionId: string | undefined,
): Promise<{ versionId: string; marker: boolean }> {
  if (versionId === undefined) {
    const marker = { blob: null, size: 0, etag: "", headers: {}, at: keeper.now(), retention: null };
    return { versionId: index.add(bucket, key, marker), marker: true };
  }
  const found = index.find(bucket, key, versionId);
  if (!found) return { versionId, marker: false };
  if (isRetained(found, keeper.now())) throw accessDenied();
  index.remove(bucket, found);
  if (found.blob !== null) await blobs.remove(found.blob);
  return { versionId, marker: found.blob === null };
}

/** A list with the part of keys behind a delimiter folded. */
function folded(
  objects: readonly Version[],
  prefix: string,
  delimiter: string,
): { contents: Version[]; folders: string[] } {
  const folders = new Set<string>();
  const contents = objects.filter(({ key }) => {
    const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    if (end >= 0) folders.add(key.slice(0, end + delimiter.length));
    return end < 0;
  });
  return { contents, folders: [...folders] };
}

const uploadOf = ({ index }: Storage, { bucket, key, query }: StorageRequest): Upload => {
  const found = index.upload(bucket, key, query["uploadId"] ?? "");
  if (!found) throw noUpload();
  return found;
};

type Work = (storage: Storage, admitted: Admitted) => StorageAnswer | Promise<StorageAnswer>;

/** What each operation does. */
export const operations: Readonly<Record<Operation, Work>> = {
  HeadBucket: (_storage, { at }) => ({ status: 200, headers: { "x-amz-bucket-region": at.region } }),
  GetBucketLocation: (_storage, { at }) => page("LocationConstraint", at.region === "us-east-1" ? "" : at.region),

  ListObjectsV2({ index }, { bucket, query }) {
    const { prefix = "", delimiter = "" } = query;
    const limit = sizeOf(query, "max-keys");
    const after = query["continuation-token"] ?? query["start-after"] ?? "";
    const found = index.objects(bucket, prefix, after, limit + 1);
    const shown = found.slice(0, limit);
    const { contents, folders } = folded(shown, prefix, delimiter);
    const more = found.length > limit;
    return page("ListBucketResult", {
      Name: bucket,
      Prefix: prefix,
      MaxKeys: limit,
      KeyCount: contents.length + folders.length,
      IsTruncated: more,
      NextContinuationToken: more ? shown.at(-1)?.key : undefined,
      Contents: contents.map(({ key, size, etag, at }) => ({
        Key: key,
        LastModified: timeOf(at),
        ETag: `"${etag}"`,
        Size: size,
        StorageClass: "STANDARD",
      })),
      CommonPrefixes: folders.map((folder) => ({ Prefix: folder })),
    });
  },

  ListObjectVersions({ index }, { bucket, query }) {
    const { prefix = "" } = query;
    const limit = sizeOf(query, "max-keys");
    const marker = query["key-marker"];
    const after = marker === undefined || marker === "" ? null : { key: marker, version: query["version-id-marker"] };
    const found = index.versions(bucket, prefix, after, limit + 1);
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    const facts = ({ key, version, latest, at }: (typeof shown)[number]) => ({
      Key: key,
      VersionId: version,
      IsLatest: latest,
      LastModified: timeOf(at),
    });
    return page("ListVersionsResult", {
      Name: bucket,
      Prefix: prefix,
      MaxKeys: limit,
      IsTruncated: last !== undefined,
      NextKeyMarker: last?.key,
      NextVersionIdMarker: last?.version,
      Version: shown
        .filter(({ blob }) => blob !== null)
        .map((one) => ({ ...facts(one), ETag: `"${one.etag}"`, Size: one.size, StorageClass: "STANDARD" })),
      DeleteMarker: shown.filter(({ blob }) => blob === null).map(facts),
    });
  },

  ListMultipartUploads({ index }, { bucket, query }) {
    const limit = sizeOf(query, "max-uploads");
    const after = { key: query["key-marker"] ?? "", id: query["upload-id-marker"] ?? "" };
    const found = index.uploads(bucket, query["prefix"] ?? "", limit + 1, after);
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    return page("ListMultipartUploadsResult", {
      Bucket: bucket,
      IsTruncated: last !== undefined,
      NextKeyMarker: last?.key,
      NextUploadIdMarker: last?.id,
      Upload: shown.map(({ key, id, at }) => ({ Key: key, UploadId: id, Initiated: timeOf(at) })),
    });
  },

  async DeleteObjects(storage, { bucket, at, session, message }) {
    const text = await textOf(message, 2_000_000);
    const wanted = readElements(text, "Object");
    if (wanted.length > 1_000) throw new Refusal(400, "MalformedXML", "At most 1,000 objects can be deleted at once.");
    const quiet = /<Quiet>\s*true\s*<\/Quiet>/.test(text);
    const errors: Xml[] = [];
    const deleted: Xml[] = [];
    for (const { Key: key = "", VersionId: versionId } of wanted) {
      const named = { Key: key, ...(versionId !== undefined && { VersionId: versionId }) };
      const refused = (error: unknown): void => {
        if (!(error instanceof Refusal)) throw error;
        errors.push({ ...named, Code: error.code, Message: error.message });
      };
      if (!(await mayDelete(storage.keeper, session, at, key, versionId))) refused(accessDenied());
      else
        await remove(storage, bucket, key, versionId).then(
          (gone) => void (quiet || deleted.push({ ...named, ...(gone.marker && { DeleteMarker: true }) })),
          refused,
        );
    }
    return page("DeleteResult", { Deleted: deleted, Error: errors });
  },

  GetObject(storage, admitted) {
    const version = versionFor(storage, admitted);
    const range = rangeOf(admitted.message, version.size);
    const { start, end } = range ?? { start: 0, end: version.size - 1 };
    return {
      status: range ? 206 : 200,
      headers: {
        ...describe(version),
        "content-length": String(end - start + 1),
        ...(range && { "content-range": `bytes ${start}-${end}/${version.size}` }),
      },
      body: storage.blobs.read(version.blob, version.size === 0 ? undefined : { start, end }),
    };
  },
  HeadObject(storage, admitted) {
    const version = versionFor(storage, admitted);
    return { status: 200, headers: { ...describe(version), "content-length": String(version.size) } };
  },

  async PutObject(storage, admitted) {
    const written = await storage.blobs.put(bodyOf(admitted.message));
    const version = await commit(storage, admitted, { ...written, etag: written.md5 }, ownHeaders(admitted.message));
    return { status: 200, headers: { etag: `"${written.md5}"`, "x-amz-version-id": version } };
  },
  async DeleteObject(storage, { bucket, key, query }) {
    const { versionId, marker } = await remove(storage, bucket, key, query["versionId"]);
    return {
      status: 204,
      headers: { "x-amz-version-id": versionId, ...(marker && { "x-amz-delete-marker": "true" }) },
    };
  },
  GetObjectRetention(storage, admitted) {
    const { retainedUntil, mode } = versionFor(storage, admitted);
    if (retainedUntil === null || mode === null)
      throw new Refusal(
        404,
        "NoSuchObjectLockConfiguration",
        "The specified object does not have a ObjectLock configuration",
      );
    return page("Retention", { Mode: mode, RetainUntilDate: timeOf(retainedUntil) });
  },

  CreateMultipartUpload({ index, blobs, keeper }, { bucket, key, message }) {
    const id = blobs.begin();
    index.begin({ bucket, key, id, blob: id, headers: JSON.stringify(ownHeaders(message)), at: keeper.now() });
    return page("InitiateMultipartUploadResult", { Bucket: bucket, Key: key, UploadId: id });
  },
  async UploadPart(storage, admitted) {
    const { id } = uploadOf(storage, admitted);
    const number = Number(admitted.query["partNumber"]);
    if (!Number.isInteger(number) || number < 1 || number > 10_000)
      throw new Refusal(400, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive");
    const { md5 } = await storage.blobs.putPart(id, number, bodyOf(admitted.message));
    return { status: 200, headers: { etag: `"${md5}"` } };
  },
  async CompleteMultipartUpload(storage, admitted) {
    const upload = uploadOf(storage, admitted);
    const parts = readElements(await textOf(admitted.message, 2_000_000), "Part").map(({ PartNumber, ETag = "" }) => ({
      number: Number(PartNumber),
      md5: ETag.replaceAll('"', "").replace(/[^0-9a-f]/g, ""),
    }));
    const ordered = parts.every(({ number }, index) => index === 0 || number > (parts[index - 1]?.number ?? 0));
    if (parts.length === 0 || !ordered)
      throw new Refusal(400, "InvalidPartOrder", "The list of parts was not in ascending order.");
    const written = await storage.blobs.complete(upload.id, parts).catch((error: unknown) => {
      throw error instanceof PartsRefused ? new Refusal(400, error.code, "The parts cannot be put together.") : error;
    });
    const version = await commit(storage, admitted, written, JSON.parse(upload.headers) as Record<string, string>);
    storage.index.end(upload);
    await storage.blobs.abort(upload.id);
    const answer = page("CompleteMultipartUploadResult", {
      Bucket: admitted.bucket,
      Key: admitted.key,
      ETag: `"${written.etag}"`,
    });
    return { ...answer, headers: { ...answer.headers, "x-amz-version-id": version } };
  },
  async AbortMultipartUpload(storage, admitted) {
    const upload = uploadOf(storage, admitted);
    storage.index.end(upload);
    await storage.blobs.abort(upload.id);
    return { status: 204 };
  },
};
