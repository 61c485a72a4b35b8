import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSessions } from "../../../local/storage/sessions.ts";
import { startStorageEndpoint, type StorageEndpoint } from "../../../local/storage/storage-endpoint.ts";

const own = { accessKeyId: "local", secretAccessKey: "secret" };
const sessions = createSessions(Buffer.alloc(32, 7));
const dayMs = 86_400_000;
let now = Date.parse("2026-06-01T00:00:00.000Z");
let directory: string;
let storage: StorageEndpoint;

const start = (): Promise<StorageEndpoint> =>
  startStorageEndpoint({
    directory,
    own,
    sessions,
    roles: new Map(),
    now: () => now,
    buckets: [
      { name: "vault", region: "eu-central-1", key: null, retention: null },
      { name: "locked", region: "eu-central-1", key: null, retention: { mode: "GOVERNANCE", days: 10 } },
      { name: "virginia", region: "us-east-1", key: null, retention: null },
    ],
  });
/** A client as it comes, with the checksums that today's SDK sends by itself. */
const clientOf = (region = "eu-central-1", credentials = own): S3Client =>
  new S3Client({ endpoint: storage.url, region, credentials, forcePathStyle: true, maxAttempts: 1 });
let client: S3Client;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "tenantry-storage-"));
  storage = await start();
  client = clientOf();
});
afterAll(async () => {
  client.destroy();
  await storage.stop();
  rmSync(directory, { recursive: true, force: true });
});

const refusal = (code: string, status: number) => ({ name: code, $metadata: { httpStatusCode: status } });
const text = async (Key: string, VersionId?: string): Promise<string | undefined> =>
  (await client.send(new GetObjectCommand({ Bucket: "vault", Key, VersionId }))).Body?.transformToString();

describe("objects", () => {
  test("come back as they were, with their metadata, under any key", async () => {
    for (const Key of ["a/b c/ü.bin", "100%/+&=?#.txt", "a//b/../c", "\u{1F600}", "'()*!~"]) {
      const object = { Bucket: "vault", Key };
      const body = randomBytes(10_000);
      const { ETag } = await client.send(
        new PutObjectCommand({ ...object, Body: body, ContentType: "text/x-test", Metadata: { owner: "cus_1" } }),
      );
      expect(ETag).toBe(`"${createHash("md5").update(body).digest("hex")}"`);
      const read = await client.send(new GetObjectCommand(object));
      expect(Buffer.from((await read.Body?.transformToByteArray()) ?? [])).toEqual(body);
      expect([read.ContentType, read.Metadata]).toEqual(["text/x-test", { owner: "cus_1" }]);
      const part = await client.send(new GetObjectCommand({ ...object, Range: "bytes=5-9" }));
      expect(Buffer.from((await part.Body?.transformToByteArray()) ?? [])).toEqual(body.subarray(5, 10));
      expect((await client.send(new HeadObjectCommand(object))).ContentLength).toBe(10_000);
    }
    await client.send(new PutObjectCommand({ Bucket: "vault", Key: "empty", Body: "" }));
    expect(await text("empty")).toBe("");
    await expect(client.send(new GetObjectCommand({ Bucket: "vault", Key: "none" }))).rejects.toMatchObject(
      refusal("NoSuchKey", 404),
    );
    await expect(client.send(new PutObjectCommand({ Bucket: "none", Key: "a" }))).rejects.toMatchObject(
      refusal("NoSuchBucket", 404),
    );
  });

  test("of one key are versions, which a delete hides and a delete of the version removes", async () => {
    const object = { Bucket: "vault", Key: "v/one" };
    const versions: string[] = [];
    for (const Body of ["1", "2"])
      versions.push(String((await client.send(new PutObjectCommand({ ...object, Body }))).VersionId));
    const gone = await client.send(new DeleteObjectCommand(object));
    expect(gone.DeleteMarker).toBe(true);
    await expect(text("v/one")).rejects.toMatchObject(refusal("NoSuchKey", 404));
    expect(await text("v/one", versions[0])).toBe("1");
    const list = await client.send(new ListObjectVersionsCommand({ Bucket: "vault", Prefix: "v/" }));
    expect(list.Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
      [versions[1], false],
      [versions[0], false],
    ]);
    expect(list.DeleteMarkers?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
      [gone.VersionId, true],
    ]);
    await client.send(new DeleteObjectCommand({ ...object, VersionId: gone.VersionId }));
    expect(await text("v/one")).toBe("2");
    await client.send(new DeleteObjectCommand({ ...object, VersionId: versions[1] }));
    expect(await text("v/one")).toBe("1");
  });

  test("are created once where the writer says so, also by many at once", async () => {
    const write = (Key: string, Body: string) =>
      client.send(new PutObjectCommand({ Bucket: "vault", Key, Body, IfNoneMatch: "*" }));
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, (_, nth) => write("once", String(nth))));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(write("once", "again")).rejects.toMatchObject(refusal("PreconditionFailed", 412));
    await client.send(new DeleteObjectCommand({ Bucket: "vault", Key: "once" }));
    await write("once", "after it was deleted");
    expect(await text("once")).toBe("after it was deleted");
  });

  test("are listed page by page, with folders", async () => {
    for (let nth = 0; nth < 7; nth += 1)
      await client.send(new PutObjectCommand({ Bucket: "vault", Key: `l/${nth % 2}/${nth}`, Body: "x" }));
    const keys: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket: "vault", Prefix: "l/", MaxKeys: 3, ContinuationToken }),
      );
      keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(keys).toEqual(["l/0/0", "l/0/2", "l/0/4", "l/0/6", "l/1/1", "l/1/3", "l/1/5"]);
    const folders = await client.send(new ListObjectsV2Command({ Bucket: "vault", Prefix: "l/", Delimiter: "/" }));
    expect(folders.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(["l/0/", "l/1/"]);
  });

  test("come in parts, as the stock client sends them, also from a stream", async () => {
    const body = randomBytes(12 * 1024 * 1024 + 3);
    const object = { Bucket: "vault", Key: "big" };
    await new Upload({ client, params: { ...object, Body: body, Metadata: { kind: "big" } } }).done();
    const read = await client.send(new GetObjectCommand(object));
    expect(Buffer.from((await read.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
    expect([read.Metadata, read.ETag]).toEqual([{ kind: "big" }, expect.stringMatching(/-3"$/)]);

    const { UploadId } = await client.send(new CreateMultipartUploadCommand(object));
    const part = { ...object, UploadId, PartNumber: 1 };
    const { ETag } = await client.send(new UploadPartCommand({ ...part, Body: "small" }));
    const second = await client.send(new UploadPartCommand({ ...part, PartNumber: 2, Body: "last" }));
    const complete = (...Parts: { PartNumber: number; ETag: string | undefined }[]) =>
      client.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts } }));
    await expect(complete({ PartNumber: 1, ETag: second.ETag })).rejects.toMatchObject(refusal("InvalidPart", 400));
    await expect(complete({ PartNumber: 1, ETag }, { PartNumber: 2, ETag: second.ETag })).rejects.toMatchObject(
      refusal("EntityTooSmall", 400),
    );
    const begun = await client.send(new ListMultipartUploadsCommand({ Bucket: "vault", Prefix: "big" }));
    expect(begun.Uploads?.map((upload) => upload.UploadId)).toEqual([UploadId]);
    await client.send(new AbortMultipartUploadCommand({ ...object, UploadId }));
    await expect(complete({ PartNumber: 1, ETag })).rejects.toMatchObject(refusal("NoSuchUpload", 404));
  });

  test("that were deleted by thousands are told one by one", async () => {
    const made = await Promise.all(
      ["d/1", "d/2"].map((Key) => client.send(new PutObjectCommand({ Bucket: "locked", Key, Body: "x" }))),
    );
    now += dayMs;
    const free = await client.send(new PutObjectCommand({ Bucket: "vault", Key: "d/<&>", Body: "x" }));
    const removed = await client.send(
      new DeleteObjectsCommand({
        Bucket: "vault",
        Delete: { Objects: [{ Key: "d/<&>", VersionId: free.VersionId }, { Key: "never there" }] },
      }),
    );
    expect(removed.Deleted).toHaveLength(2);
    const Objects = made.map(({ VersionId }, nth) => ({ Key: `d/${nth + 1}`, VersionId }));
    const kept = await client.send(new DeleteObjectsCommand({ Bucket: "locked", Delete: { Quiet: true, Objects } }));
    expect(kept.Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([
      ["d/1", "AccessDenied"],
      ["d/2", "AccessDenied"],
    ]);
    const { Retention } = await client.send(
      new GetObjectRetentionCommand({ Bucket: "locked", Key: "d/1", VersionId: Objects[0]?.VersionId }),
    );
    expect(Retention?.RetainUntilDate?.getTime()).toBe(now + 9 * dayMs);
    now += 9 * dayMs;
    const later = await client.send(new DeleteObjectsCommand({ Bucket: "locked", Delete: { Quiet: true, Objects } }));
    expect(later.Errors ?? []).toEqual([]);
  });
});

describe("requests", () => {
  test("must be signed with keys that are known, for the bucket's own region, and unchanged", async () => {
    const read = (region: string, keys: typeof own) =>
      clientOf(region, keys).send(new GetBucketLocationCommand({ Bucket: "vault" }));
    expect((await read("eu-central-1", own)).LocationConstraint).toBe("eu-central-1");
    await expect(read("eu-west-1", own)).rejects.toMatchObject(refusal("AuthorizationHeaderMalformed", 400));
    await expect(read("eu-central-1", { ...own, accessKeyId: "other" })).rejects.toMatchObject(
      refusal("InvalidAccessKeyId", 403),
    );
    await expect(read("eu-central-1", { ...own, secretAccessKey: "other" })).rejects.toMatchObject(
      refusal("SignatureDoesNotMatch", 403),
    );
    expect((await fetch(`${storage.url}/vault/empty`)).status).toBe(403);
    const virginia = await clientOf("us-east-1").send(new GetBucketLocationCommand({ Bucket: "virginia" }));
    expect(virginia.LocationConstraint ?? "").toBe("");
  });

  test("whose body is changed on its way are refused, and leave nothing", async () => {
    const object = { Bucket: "vault", Key: "changed" };
    const tampering = clientOf();
    tampering.middlewareStack.add(
      (next) => (args) => {
        (args.request as { body?: unknown }).body = "something else of that length";
        return next(args);
      },
      { step: "finalizeRequest", priority: "low", name: "tamper" },
    );
    const body = "something else of this length";
    await expect(tampering.send(new PutObjectCommand({ ...object, Body: body }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 400 },
    });
    await expect(client.send(new HeadObjectCommand(object))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
  });

  test("for what would need rights of its own are not known", async () => {
    await expect(
      client.send(new CopyObjectCommand({ Bucket: "vault", Key: "copy", CopySource: "vault/empty" })),
    ).rejects.toMatchObject(refusal("NotImplemented", 501));
  });
});

test("all of it is kept across a restart", async () => {
  await client.send(new PutObjectCommand({ Bucket: "vault", Key: "kept", Body: "kept" }));
  await storage.stop();
  storage = await start();
  client = clientOf();
  expect(await text("kept")).toBe("kept");
});
