import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { startObjectStore } from "../../../local/emulators/s3.ts";

const credentials = { accessKeyId: "local", secretAccessKey: "secret" };
const clientOf = (endpoint: string): S3Client =>
  new S3Client({
    endpoint,
    region: "eu-central-1",
    credentials,
    forcePathStyle: true,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });

test("objects are kept across a restart until they are deleted", async () => {
  const directory = mkdtempSync(join(tmpdir(), "objects-"));
  const object = { Bucket: "vault", Key: "a/b c/ü.bin" };
  const body = new Uint8Array([0, 255, 10, 13]);

  const first = await startObjectStore(directory, ["vault"], credentials);
  await clientOf(first.endpoint).send(new PutObjectCommand({ ...object, Body: body, Metadata: { owner: "cus_1" } }));
  await first.stop();

  const second = await startObjectStore(directory, ["vault"], credentials);
  const client = clientOf(second.endpoint);
  const read = await client.send(new GetObjectCommand(object));
  expect(await read.Body?.transformToByteArray()).toEqual(body);
  expect(read.Metadata).toEqual({ owner: "cus_1" });
  const listed = await client.send(new ListObjectsV2Command({ Bucket: "vault", Prefix: "a/" }));
  expect(listed.Contents?.map(({ Key }) => Key)).toEqual([object.Key]);
  await client.send(new DeleteObjectCommand(object));
  await expect(client.send(new HeadObjectCommand(object))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 404 },
  });
  await second.stop();
});
