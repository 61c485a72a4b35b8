import { randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import * as z from "zod";

/** One version of an object, as a bucket with versioning keeps it. */
const Version = z.object({
  key: z.string(),
  /** Greater than that of every version before. */
  seq: z.number(),
  version: z.string(),
  /** Where its bytes are; null: it says that the object was deleted. */
  blob: z.string().nullable(),
  size: z.number(),
  etag: z.string(),
  /** Headers that belong to it, as JSON. */
  headers: z.string(),
  at: z.number(),
  /** Until when it cannot be removed, in milliseconds since the epoch, and whether somebody may lift that. */
  retainedUntil: z.number().nullable(),
  mode: z.enum(["GOVERNANCE", "COMPLIANCE"]).nullable(),
});
export type Version = z.infer<typeof Version>;
/** A version as a list holds it. */
export interface ListedVersion extends Version {
  latest: boolean;
}
const Upload = z.object({
  bucket: z.string(),
  key: z.string(),
  id: z.string(),
  blob: z.string(),
  headers: z.string(),
  at: z.number(),
});
export type Upload = z.infer<typeof Upload>;

export interface NewVersion {
  blob: string | null;
  size: number;
  etag: string;
  headers: Record<string, string>;
  at: number;
  retention: { mode: "GOVERNANCE" | "COMPLIANCE"; until: number } | null;
}

const columns = "key, seq, version, blob, size, etag, headers, at, retainedUntil, mode";

/** Which versions of which objects there are. The bytes are kept elsewhere, each version's under a name of its own. */
export class VersionIndex {
  readonly #db: DatabaseSync;

  /** @param file where it is kept */
  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS versions (bucket TEXT, key TEXT, seq INTEGER, version TEXT, blob TEXT, size INTEGER, etag TEXT,
        headers TEXT, at INTEGER, retainedUntil INTEGER, mode TEXT, PRIMARY KEY (bucket, key, seq)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS uploads (bucket TEXT, key TEXT, id TEXT, blob TEXT, headers TEXT, at INTEGER, PRIMARY KEY (bucket, key, id)) WITHOUT ROWID;`);
  }

  close(): void {
    this.#db.close();
  }

  /** Does several things at once, or none of them. */
  together<T>(work: () => T): T {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const outcome = work();
      this.#db.exec("COMMIT");
      return outcome;
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** The newest version of an object, which may say that it was deleted. */
  latest(bucket: string, key: string): Version | undefined {
    return this.#one(
      `SELECT ${columns} FROM versions WHERE bucket = ? AND key = ? ORDER BY seq DESC LIMIT 1`,
      bucket,
      key,
    );
  }

  find(bucket: string, key: string, version: string): Version | undefined {
    return this.#one(
      `SELECT ${columns} FROM versions WHERE bucket = ? AND key = ? AND version = ?`,
      bucket,
      key,
      version,
    );
  }

  add(bucket: string, key: string, made: NewVersion): string {
    const version = randomBytes(18).toString("base64url");
    const seq = (this.latest(bucket, key)?.seq ?? 0) + 1;
    const { blob, size, etag, headers, at, retention } = made;
    this.#db
      .prepare(`INSERT INTO versions (bucket, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
      .run(
        bucket,
        key,
        seq,
        version,
        blob,
        size,
        etag,
        JSON.stringify(headers),
        at,
        retention?.until ?? null,
        retention?.mode ?? null,
      );
    return version;
  }

  remove(bucket: string, { key, seq }: Version): void {
    this.#db.prepare("DELETE FROM versions WHERE bucket = ? AND key = ? AND seq = ?").run(bucket, key, seq);
  }

  /** Versions below a prefix, by key and the newest first, after a place; at most so many. */
  versions(
    bucket: string,
    prefix: string,
    after: { key: string; version: string | undefined } | null,
    limit: number,
  ): ListedVersion[] {
    const from =
      after && after.version !== undefined && after.version !== ""
        ? this.find(bucket, after.key, after.version)
        : undefined;
    const beyond = after === null ? "" : from ? "AND (key > ? OR (key = ? AND seq < ?))" : "AND key > ?";
    const place = after === null ? [] : from ? [after.key, after.key, from.seq] : [after.key];
    return z
      .array(Version)
      .parse(
        this.#db
          .prepare(
            `SELECT ${columns} FROM versions WHERE bucket = ? AND key >= ? AND key < ? ${beyond} ORDER BY key, seq DESC LIMIT ?`,
          )
          .all(bucket, prefix, endOf(prefix), ...place, limit),
      )
      .map((version) => ({ ...version, latest: this.latest(bucket, version.key)?.seq === version.seq }));
  }

  /** Keys of objects that are there, below a prefix and after a key, each with its newest version; at most so many. */
  objects(bucket: string, prefix: string, after: string, limit: number): Version[] {
    return z.array(Version).parse(
      this.#db
        .prepare(
          `SELECT ${columns} FROM versions AS one WHERE bucket = ? AND key >= ? AND key < ? AND key > ? AND blob IS NOT NULL
           AND seq = (SELECT MAX(seq) FROM versions WHERE bucket = one.bucket AND key = one.key) ORDER BY key LIMIT ?`,
        )
        .all(bucket, prefix, endOf(prefix), after, limit),
    );
  }

  begin(upload: Upload): void {
    const { bucket, key, id, blob, headers, at } = upload;
    this.#db.prepare("INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?)").run(bucket, key, id, blob, headers, at);
  }
  upload(bucket: string, key: string, id: string): Upload | undefined {
    const found = this.#db
      .prepare("SELECT * FROM uploads WHERE bucket = ? AND key = ? AND id = ?")
      .get(bucket, key, id);
    return found === undefined ? undefined : Upload.parse(found);
  }
  end({ bucket, key, id }: Upload): void {
    this.#db.prepare("DELETE FROM uploads WHERE bucket = ? AND key = ? AND id = ?").run(bucket, key, id);
  }
  /** Uploads by key, then by id; behind a place in this order, where one is given. */
  uploads(bucket: string, prefix: string, limit: number, after = { key: "", id: "" }): Upload[] {
    return z
      .array(Upload)
      .parse(
        this.#db
          .prepare(
            "SELECT * FROM uploads WHERE bucket = ? AND key >= ? AND key < ? AND (key, id) > (?, ?) ORDER BY key, id LIMIT ?",
          )
          .all(bucket, prefix, endOf(prefix), after.key, after.id, limit),
      );
  }

  #one(sql: string, ...values: string[]): Version | undefined {
    const found = this.#db.prepare(sql).get(...values);
    return found === undefined ? undefined : Version.parse(found);
  }
}

/** What sorts behind every key that begins with a prefix. */
const endOf = (prefix: string): string => `${prefix}\u{10FFFF}`;
