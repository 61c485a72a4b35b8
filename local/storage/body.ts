import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Transform, type TransformCallback } from "node:stream";
import { crc32 } from "node:zlib";

/** The body of a request is not what its headers say. `code` is S3's. */
export class BodyRefused extends Error {
  override name = "BodyRefused";
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Takes the bytes out of the frames that clients send them in (`aws-chunked`): each with its length before it, and checksums behind the last one.
 */
class Unframe extends Transform {
  readonly trailers: Record<string, string> = {};
  #pending: Buffer = Buffer.alloc(0);
  /** Bytes of the frame that are still to come; null: a header is next. */
  #left: number | null = null;
  #ending = false;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (this.#step());
    done();
  }

  override _flush(done: TransformCallback): void {
    done(this.#ending ? null : new BodyRefused("IncompleteBody", "The last frame of the body is missing."));
  }

  /** Takes one thing from what has come. @returns whether there may be more */
  #step(): boolean {
    if (this.#left !== null && this.#left > 0) {
      const part = this.#pending.subarray(0, this.#left);
      if (part.length === 0) return false;
      this.push(part);
      this.#pending = this.#pending.subarray(part.length);
      this.#left -= part.length;
      return this.#pending.length > 0;
    }
    const end = this.#pending.indexOf("\r\n");
    if (end < 0) return false;
    const line = this.#pending.subarray(0, end).toString("latin1");
    this.#pending = this.#pending.subarray(end + 2);
    if (this.#left === 0) this.#left = null;
    else if (this.#ending) this.#trailer(line);
    else this.#header(line);
    return this.#pending.length > 0;
  }

  #header(line: string): void {
    const size = Number.parseInt(line.split(";")[0] ?? "", 16);
    if (Number.isNaN(size)) throw new BodyRefused("InvalidChunkSizeError", "A frame has no length.");
    this.#ending = size === 0;
    this.#left = size === 0 ? null : size;
  }
  #trailer(line: string): void {
    const colon = line.indexOf(":");
    if (colon > 0) this.trailers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
}

const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(",") : value;
};

/**
 * The bytes of a request, on their way checked against what it says of them: their SHA-256 or, as today's clients send it, a checksum. The
 * stream fails with BodyRefused where they differ.
 */
export function bodyOf(request: IncomingMessage): Transform {
  const declared = header(request, "x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD";
  const framed = declared.startsWith("STREAMING-");
  const unframe = framed ? new Unframe() : null;
  const sha256 = /^[0-9a-f]{64}$/.test(declared) ? createHash("sha256") : null;
  const length = Number(header(request, framed ? "x-amz-decoded-content-length" : "content-length") ?? Number.NaN);
  let [size, sum] = [0, 0];
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sha256?.update(chunk);
      sum = crc32(chunk, sum);
      size += chunk.length;
      done(null, chunk);
    },
    flush(done) {
      const wanted = unframe?.trailers["x-amz-checksum-crc32"] ?? header(request, "x-amz-checksum-crc32");
      const found = Buffer.alloc(4);
      found.writeUInt32BE(sum >>> 0);
      if (sha256 && sha256.digest("hex") !== declared)
        done(new BodyRefused("XAmzContentSHA256Mismatch", "The body is not what was signed."));
      else if (wanted !== undefined && wanted !== found.toString("base64"))
        done(new BodyRefused("BadDigest", "The body does not match its checksum."));
      else if (!Number.isNaN(length) && size !== length)
        done(new BodyRefused("IncompleteBody", "The body is not as long as its headers say."));
      else done();
    },
  });
  const source = unframe ? request.pipe(unframe) : request;
  request.on("error", (error) => check.destroy(error));
  request.on("aborted", () => check.destroy(new BodyRefused("IncompleteBody", "The connection ended.")));
  unframe?.on("error", (error) => check.destroy(error));
  return source.pipe(check);
}

/** The whole body as text, where it is short. @throws BodyRefused */
export async function textOf(request: IncomingMessage, limitBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bodyOf(request) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) throw new BodyRefused("MaxMessageLengthExceeded", "The request is too large.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
