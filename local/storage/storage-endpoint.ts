import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import * as z from "zod";
import type { LocalBucket } from "../assembly/assembly.ts";
import { checkRights, type Doorkeeper, signerOf } from "./authorize.ts";
import { jsonFile } from "../machine/files.ts";
import { portIsFree } from "../machine/ports.ts";
import { Blobs } from "./blobs.ts";
import { BodyRefused } from "./body.ts";
import { operations, type Storage, type StorageAnswer } from "./operations.ts";
import { Refusal } from "./refusal.ts";
import { type Operation, requestOf } from "./requests.ts";
import { VersionIndex } from "./versions.ts";
import { xml } from "./xml.ts";

const KnownPort = z.object({ port: z.number() });

export interface StorageEndpoint {
  url: string;
  /** Which objects there are. */
  index: VersionIndex;
  /** Calls that were answered, by operation. */
  calls: ReadonlyMap<Operation, number>;
  stop(): Promise<void>;
}

export interface StorageEndpointOptions extends Doorkeeper {
  /** Folder of the objects. */
  directory: string;
  buckets: readonly LocalBucket[];
  /** Remembers the port, which is taken again at the next start if it is free. */
  portFile?: string;
  /** Puts a call out of order, for tests: called before it is carried out (`before`) and when its answer is about to be given. */
  disturb?: (operation: Operation, when: "before" | "after") => "pass" | "fail" | "throttle" | "drop";
}

/**
 * Answers as S3 does, for the buckets of the template: path-style addresses, versions, conditional writes, uploads in parts, retention. Each
 * request must be signed; what a session may do is decided by the policies of its role and its own.
 */
export async function startStorageEndpoint(options: StorageEndpointOptions): Promise<StorageEndpoint> {
  const { directory, disturb = () => "pass" } = options;
  mkdirSync(directory, { recursive: true });
  const buckets = new Map(options.buckets.map((bucket) => [bucket.name, bucket]));
  const storage: Storage = {
    index: new VersionIndex(join(directory, "versions.sqlite")),
    blobs: new Blobs(directory),
    keeper: options,
  };
  const calls = new Map<Operation, number>();

  const answer = async (message: IncomingMessage): Promise<StorageAnswer | "drop"> => {
    const { method = "", url = "/", headers } = message;
    const request = requestOf(method, url, headers);
    if (!request) throw new Refusal(501, "NotImplemented", "The local storage does not know this operation.");
    const bucket = buckets.get(request.bucket);
    if (!bucket) throw new Refusal(404, "NoSuchBucket", "The specified bucket does not exist");
    const session = await signerOf(options, { method, url, headers }, bucket);
    await checkRights(options, session, bucket, request);
    calls.set(request.operation, (calls.get(request.operation) ?? 0) + 1);
    const before = disturb(request.operation, "before");
    if (before === "drop") return "drop";
    if (before === "fail")
      throw new Refusal(500, "InternalError", "We encountered an internal error. Please try again.");
    if (before === "throttle") throw new Refusal(503, "SlowDown", "Please reduce your request rate.");
    const made = await operations[request.operation](storage, { ...request, at: bucket, session, message });
    return disturb(request.operation, "after") === "pass" ? made : "drop";
  };

  const send = async (message: IncomingMessage, response: ServerResponse, made: StorageAnswer): Promise<void> => {
    const { status, headers = {}, body } = made;
    response.writeHead(status, { ...headers, "x-amz-request-id": randomUUID() });
    if (body === undefined || message.method === "HEAD") response.end();
    else if (typeof body === "string") response.end(body);
    else await pipeline(body, response);
  };
  const refusalOf = (error: unknown): Refusal => {
    if (error instanceof Refusal) return error;
    if (error instanceof BodyRefused) return new Refusal(400, error.code, error.message);
    return new Refusal(500, "InternalError", error instanceof Error ? error.message : String(error));
  };
  const handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const made = await answer(message);
      if (made === "drop") response.destroy();
      else await send(message, response, made);
    } catch (error) {
      const { status, code, message: text } = refusalOf(error);
      if (response.headersSent) return void response.destroy();
      // What is left of the body is not read, so the connection cannot be used again.
      await send(message, response, {
        status,
        headers: { "content-type": "application/xml", connection: "close" },
        body: xml("Error", { Code: code, Message: text, RequestId: randomUUID() }),
      });
    }
  };
  const server = createServer((message, response) => {
    handle(message, response).catch(() => response.destroy());
  });
  // A client that waits for leave to send its body is told to go on.
  server.on("checkContinue", (message: IncomingMessage, response: ServerResponse) => {
    response.writeContinue();
    handle(message, response).catch(() => response.destroy());
  });
  const known = options.portFile === undefined ? null : jsonFile(options.portFile, KnownPort);
  const last = known?.read()?.port ?? 0;
  server.listen(last !== 0 && (await portIsFree(last)) ? last : 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  known?.write({ port });
  return {
    url: `http://127.0.0.1:${port}`,
    index: storage.index,
    calls,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
      storage.index.close();
    },
  };
}
