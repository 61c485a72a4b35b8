import { createHmac, timingSafeEqual } from "node:crypto";
import type * as z from "zod";
import { DomainError } from "../../domain/terms/errors.ts";

/** Seals positions of lists into opaque cursors. */
export interface Cursors {
  /** `purpose` binds a cursor to one operation and its filters; a cursor works for the credential that it was made for. */
  seal: (purpose: string, position: unknown) => string;
  /** @throws DomainError invalid_cursor where it was altered, or made for something else */
  open: <T>(purpose: string, cursor: string, schema: z.ZodType<T>) => T;
}

const invalid = () =>
  new DomainError("invalid_cursor", "The cursor is not one that this list gave to this credential.", [
    { path: "cursor", message: "not valid" },
  ]);

/** Cursors authenticated under a secret that the caller presents anyway (its token's), so that no key has to be kept. */
export function createCursors(secret: string): Cursors {
  const key = createHmac("sha256", secret).update("tenantry cursor v1").digest();
  const mac = (purpose: string, body: string): Buffer =>
    createHmac("sha256", key).update(`${purpose}\n${body}`).digest().subarray(0, 16);
  return {
    seal(purpose, position) {
      const body = Buffer.from(JSON.stringify(position)).toString("base64url");
      return `${body}.${mac(purpose, body).toString("base64url")}`;
    },
    open(purpose, cursor, schema) {
      const [body, tag, ...more] = cursor.split(".");
      if (body === undefined || tag === undefined || more.length > 0) throw invalid();
      const expected = mac(purpose, body);
      const given = Buffer.from(tag, "base64url");
      // Base64 has several spellings of the same bytes: only the one that was given out counts.
      if (given.length !== expected.length || given.toString("base64url") !== tag || !timingSafeEqual(given, expected))
        throw invalid();
      const position = schema.safeParse(JSON.parse(Buffer.from(body, "base64url").toString()));
      if (!position.success) throw invalid();
      return position.data;
    },
  };
}
