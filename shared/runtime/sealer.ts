import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { channel } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { DecryptCommand, EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { env } from "./env.ts";

/*
 * What must reach a mail and nobody else is sealed under a key that does not stand in the table: a KMS key in AWS, of which functions that
 * queue mails may only use one direction and those that send them the other; a file in a local run.
 */
const { SEAL_KEY_ID: KeyId, SEAL_KEY_FILE: keyFile } = env();
const awsCalls = channel("tenantry:aws-call");
const contextOf = (purpose: string): Record<string, string> => ({ purpose });

let kms: KMSClient | undefined;
const client = (): KMSClient =>
  (kms ??= new KMSClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  }));

/** Key, nonce and tag by AES-256-GCM; the purpose is authenticated, as in KMS. */
const local = {
  seal(text: string, purpose: string, file: string): string {
    awsCalls.publish({ command: "EncryptCommand", input: { KeyId } });
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", readFileSync(file), nonce).setAAD(Buffer.from(purpose));
    const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64");
  },
  open(sealed: string, purpose: string, file: string): string {
    awsCalls.publish({ command: "DecryptCommand", input: { KeyId } });
    const bytes = Buffer.from(sealed, "base64");
    const decipher = createDecipheriv("aes-256-gcm", readFileSync(file), bytes.subarray(0, 12))
      .setAAD(Buffer.from(purpose))
      .setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString("utf8");
  },
};

/** Seals a text for `open` with the same purpose. @returns base64 */
export async function seal(text: string, purpose: string): Promise<string> {
  if (keyFile !== undefined) return local.seal(text, purpose, keyFile);
  const { CiphertextBlob } = await client().send(
    new EncryptCommand({ KeyId, Plaintext: Buffer.from(text, "utf8"), EncryptionContext: contextOf(purpose) }),
  );
  if (!CiphertextBlob) throw new Error("KMS answered without a ciphertext.");
  return Buffer.from(CiphertextBlob).toString("base64");
}

/** Opens what `seal` made for the same purpose. @throws Error where the key or the purpose is another one, or the text was altered */
export async function open(sealed: string, purpose: string): Promise<string> {
  if (keyFile !== undefined) return local.open(sealed, purpose, keyFile);
  const { Plaintext } = await client().send(
    new DecryptCommand({
      KeyId,
      CiphertextBlob: Buffer.from(sealed, "base64"),
      EncryptionContext: contextOf(purpose),
    }),
  );
  if (!Plaintext) throw new Error("KMS answered without a plaintext.");
  return Buffer.from(Plaintext).toString("utf8");
}
