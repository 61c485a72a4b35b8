import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand, ListObjectVersionsCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { LocalBucket } from "../../../local/assembly/assembly.ts";
import {
  startStorageEndpoint,
  type StorageEndpoint,
  type StorageEndpointOptions,
} from "../../../local/storage/storage-endpoint.ts";
import { LocationCode } from "../../../shared/domain/terms/locations.ts";
import { bucketOf, regionOf } from "../../../shared/domain/terms/storage-plan.ts";
import { storagePlan } from "../../support/storage-plan.ts";
import { testSessions } from "../../support/token-server.ts";
import { type Fleet, openFleet } from "./fleet.ts";

/** A fleet whose customers' vaults come when they are provisioned, in a storage of its own. */
export interface VaultStage extends Fleet {
  storage: StorageEndpoint;
  /** Puts calls to the storage out of order. */
  disturb: (how: StorageEndpointOptions["disturb"]) => void;
  /** The storage's own view of a bucket. */
  s3: (location: LocationCode) => S3Client;
  bucket: (location: LocationCode) => string;
  put: (location: LocationCode, key: string, body?: string) => Promise<void>;
  /** Keys of all versions below a prefix, each as often as it has versions. */
  versions: (location: LocationCode, prefix: string) => Promise<string[]>;
  read: (location: LocationCode, key: string) => Promise<string>;
  /** Tells the consumer of the stream of customers that have just come to be, as their records stand now. */
  consume: (...ids: string[]) => Promise<void>;
  sweep: () => Promise<{ provisioned: Record<string, number>; removals: Record<string, number> }>;
  close: () => Promise<void>;
}

/** Opens the stage. `retention` locks what is stored in a location, `roles` are those that credentials are issued as. One per test file. */
export async function openVaultStage(
  retention: Partial<Record<LocationCode, LocalBucket["retention"]>> = {},
  roles: StorageEndpointOptions["roles"] = new Map(),
): Promise<VaultStage> {
  const directory = mkdtempSync(join(tmpdir(), "tenantry-vaults-"));
  let disturbance: StorageEndpointOptions["disturb"];
  const own = { accessKeyId: "storage", secretAccessKey: "storage" };
  const storage = await startStorageEndpoint({
    directory,
    sessions: testSessions,
    roles,
    own,
    now: () => Date.now() + Number(process.env["TENANTRY_CLOCK_OFFSET_MS"] ?? 0),
    buckets: LocationCode.options.map((code) => ({
      name: bucketOf(storagePlan, code),
      region: regionOf(code),
      key: null,
      retention: retention[code] ?? null,
    })),
    disturb: (operation, when) => disturbance?.(operation, when) ?? "pass",
  });
  const fleet = await openFleet({ vaults: "ordered", environment: { S3_ENDPOINT: storage.url } });
  // The functions sign with the key pair of their environment, which is that of the table.
  own.accessKeyId = String(process.env["AWS_ACCESS_KEY_ID"]);
  own.secretAccessKey = String(process.env["AWS_SECRET_ACCESS_KEY"]);
  // Each attempt in vain is a line of the log; the tests read them from `failures`.
  fleet.runtime.logger.setLogLevel("CRITICAL");
  const clients = new Map<LocationCode, S3Client>();
  const s3 = (code: LocationCode): S3Client => {
    const made =
      clients.get(code) ??
      new S3Client({ endpoint: storage.url, region: regionOf(code), credentials: own, forcePathStyle: true });
    clients.set(code, made);
    return made;
  };
  const bucket = (code: LocationCode): string => bucketOf(storagePlan, code);
  const stage: VaultStage = Object.assign(fleet, {
    storage,
    disturb: (how: StorageEndpointOptions["disturb"]) => void (disturbance = how),
    s3,
    bucket,
    async put(code: LocationCode, Key: string, Body = "x") {
      await s3(code).send(new PutObjectCommand({ Bucket: bucket(code), Key, Body }));
    },
    async versions(code: LocationCode, Prefix: string) {
      const { Versions = [], DeleteMarkers = [] } = await s3(code).send(
        new ListObjectVersionsCommand({ Bucket: bucket(code), Prefix }),
      );
      return [...Versions, ...DeleteMarkers].map(({ Key }) => String(Key)).toSorted();
    },
    async read(code: LocationCode, Key: string) {
      const { Body } = await s3(code).send(new GetObjectCommand({ Bucket: bucket(code), Key }));
      return (await Body?.transformToString()) ?? "";
    },
    async consume(...ids: string[]) {
      const items = await Promise.all(ids.map((id) => fleet.item(id)));
      await fleet.invoke("functions/stream/provision-vaults.ts", {
        Records: items.map((item, index) => ({
          eventName: "INSERT",
          dynamodb: {
            SequenceNumber: `${index + 1}00`,
            ApproximateCreationDateTime: Math.floor(Date.now() / 1000),
            NewImage: marshall(item, { removeUndefinedValues: true }),
          },
        })),
      });
    },
    sweep: () => fleet.invoke("functions/schedule/sweep-vaults.ts", {}) as ReturnType<VaultStage["sweep"]>,
    async close() {
      for (const client of clients.values()) client.destroy();
      await storage.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  });
  return stage;
}
