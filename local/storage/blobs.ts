import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream, mkdirSync, rmSync } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Bytes that were written, and their MD5 in hex. */
export interface Written {
  size: number;
  md5: string;
}

/** A part of an upload that is to be put together. */
export interface Part {
  number: number;
  /** MD5 in hex, as it was answered when the part was sent. */
  md5: string;
}

/** Why parts cannot be put together: one is missing or another one, or one but the last is smaller than S3 allows. */
export class PartsRefused extends Error {
  override name = "PartsRefused";
  readonly code: "InvalidPart" | "EntityTooSmall";
  constructor(code: "InvalidPart" | "EntityTooSmall") {
    super(code);
    this.code = code;
  }
}

const smallestPart = 5 * 1024 * 1024;

/** The bytes of all versions, each in a file of its own, and those of parts of uploads. */
export class Blobs {
  readonly #blobs: string;
  readonly #uploads: string;
  readonly #drafts: string;

  constructor(folder: string) {
    [this.#blobs, this.#uploads, this.#drafts] = ["blobs", "uploads", "drafts"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    // Whatever was being written when the last run ended is of no use.
    rmSync(this.#drafts, { recursive: true, force: true });
    for (const made of [this.#blobs, this.#uploads, this.#drafts]) mkdirSync(made, { recursive: true });
  }

  /** Writes bytes that are not to be found by anybody before they are complete. */
  async #write(content: Readable, to: string): Promise<Written> {
    const draft = join(this.#drafts, randomUUID());
    const hash = createHash("md5");
    let size = 0;
    const count = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        size += chunk.length;
        done(null, chunk);
      },
    });
    try {
      await pipeline(content, count, createWriteStream(draft));
      await rename(draft, to);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    return { size, md5: hash.digest("hex") };
  }

  async put(content: Readable): Promise<Written & { blob: string }> {
    const blob = randomUUID();
    return { blob, ...(await this.#write(content, join(this.#blobs, blob))) };
  }
  read(blob: string, range?: { start: number; end: number }): Readable {
    return createReadStream(join(this.#blobs, blob), range);
  }
  async remove(blob: string): Promise<void> {
    await rm(join(this.#blobs, blob), { force: true });
  }

  /** Begins an upload. @returns its id */
  begin(): string {
    const id = randomUUID();
    mkdirSync(join(this.#uploads, id));
    return id;
  }
  async putPart(upload: string, number: number, content: Readable): Promise<Written> {
    const draft = join(this.#uploads, upload, `${number}-${randomUUID()}`);
    const written = await this.#write(content, draft);
    // The name of a part says what is in it; of two with a number the later one counts.
    for (const name of await readdir(join(this.#uploads, upload)))
      if (name.startsWith(`${number}.`)) await rm(join(this.#uploads, upload, name), { force: true });
    await rename(draft, join(this.#uploads, upload, `${number}.${written.md5}`));
    return written;
  }
  /** Puts parts together in their order. @throws PartsRefused */
  async complete(upload: string, parts: readonly Part[]): Promise<Written & { blob: string; etag: string }> {
    const files = parts.map(({ number, md5 }) => join(this.#uploads, upload, `${number}.${md5}`));
    for (const [index, file] of files.entries()) {
      const found = await stat(file).catch(() => null);
      if (!found) throw new PartsRefused("InvalidPart");
      if (found.size < smallestPart && index < files.length - 1) throw new PartsRefused("EntityTooSmall");
    }
    const written = await this.put(oneAfterTheOther(files));
    const digests = Buffer.concat(parts.map(({ md5 }) => Buffer.from(md5, "hex")));
    return { ...written, etag: `${createHash("md5").update(digests).digest("hex")}-${parts.length}` };
  }
  async abort(upload: string): Promise<void> {
    await rm(join(this.#uploads, upload), { recursive: true, force: true });
  }
}

function oneAfterTheOther(files: readonly string[]): Readable {
  async function* read(): AsyncGenerator<Buffer> {
    for (const file of files) yield* createReadStream(file) as AsyncIterable<Buffer>;
  }
  return Readable.from(read());
}
