import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const keyFrom = (secret: string, salt: Buffer): Buffer =>
  Buffer.from(hkdfSync("sha256", secret, salt, "tenantry sealed answer v1", 32));

/** Encrypts a text under the secret of the credential that may read it again (AES-256-GCM, a fresh key each time). */
export function sealText(secret: string, text: string): string {
  const salt = randomBytes(16);
  const cipher = createCipheriv("aes-256-gcm", keyFrom(secret, salt), Buffer.alloc(12));
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([salt, cipher.getAuthTag(), body]).toString("base64");
}

/** Decrypts what `sealText` made. @throws Error where the secret is another one or the text was altered */
export function openText(secret: string, sealed: string): string {
  const bytes = Buffer.from(sealed, "base64");
  const decipher = createDecipheriv("aes-256-gcm", keyFrom(secret, bytes.subarray(0, 16)), Buffer.alloc(12));
  decipher.setAuthTag(bytes.subarray(16, 32));
  return Buffer.concat([decipher.update(bytes.subarray(32)), decipher.final()]).toString("utf8");
}
