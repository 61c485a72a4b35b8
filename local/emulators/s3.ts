import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";

export interface ObjectStore {
  endpoint: string;
  stop(): Promise<void>;
}

/** The part of s3rver that is used. The package brings no types. */
interface S3rver {
  run(): Promise<AddressInfo>;
  close(): Promise<void>;
  httpServer: { closeAllConnections(): void };
}
type S3rverConstructor = new (options: {
  address: string;
  port: number;
  silent: boolean;
  directory: string;
  vhostBuckets: boolean;
  configureBuckets: { name: string }[];
}) => S3rver;

/** Registers a key pair: of itself the emulator knows one of its own only. */
interface S3rverAccounts {
  DUMMY_ACCOUNT: { createKeyPair(accessKeyId: string, secretAccessKey: string): void };
}

/**
 * Starts the S3 emulator. Clients need `forcePathStyle` and checksums only `WHEN_REQUIRED`: the emulator is older than the checksums that
 * today's SDK adds by default.
 * @param directory where the objects are kept
 * @param buckets names of the buckets that must be there
 * @param credentials what the clients sign with
 */
export async function startObjectStore(
  directory: string,
  buckets: readonly string[],
  credentials: { accessKeyId: string; secretAccessKey: string },
): Promise<ObjectStore> {
  mkdirSync(directory, { recursive: true });
  const require = createRequire(import.meta.url);
  const S3 = require("s3rver") as S3rverConstructor;
  const { DUMMY_ACCOUNT } = require("s3rver/lib/models/account.js") as S3rverAccounts;
  DUMMY_ACCOUNT.createKeyPair(credentials.accessKeyId, credentials.secretAccessKey);
  const server = new S3({
    address: "127.0.0.1",
    port: 0,
    silent: true,
    directory,
    vhostBuckets: false,
    configureBuckets: buckets.map((name) => ({ name })),
  });
  const { port } = await server.run();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async stop() {
      const closed = server.close();
      server.httpServer.closeAllConnections();
      await closed;
    },
  };
}
