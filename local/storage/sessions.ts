import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import * as z from "zod";

/** A key pair that requests are signed with. */
export interface KeyPair {
  accessKeyId: string;
  secretAccessKey: string;
}

/** What a session may do, and for how long. */
const Session = z.object({
  /** The role that it acts as. */
  roleArn: z.string(),
  name: z.string(),
  /** The policy that limits it beyond what the role may do. */
  policy: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  /** Milliseconds since the epoch, by the clock of the local run. */
  expiresAt: z.number(),
});
export type Session = z.infer<typeof Session>;

export interface SessionCredentials extends KeyPair {
  sessionToken: string;
}

export interface Sessions {
  issue(session: Session): SessionCredentials;
  /** The session of a token, with the keys that belong to it; null: the token was not issued here. */
  read(token: string): { session: Session; keys: KeyPair } | null;
}

/**
 * Sessions as STS issues them. A token holds its session, sealed: nothing of them is kept, and they outlive a restart.
 * @param key what seals them
 */
export function createSessions(key: Buffer): Sessions {
  const mac = (purpose: string, text: string): Buffer =>
    createHmac("sha256", key).update(`${purpose}\n${text}`).digest();
  const keysOf = (content: string): KeyPair => ({
    accessKeyId: `ASIA${createHash("sha256").update(content).digest("hex").slice(0, 16).toUpperCase()}`,
    secretAccessKey: mac("secret", content).toString("base64url"),
  });
  return {
    issue(session) {
      // Two sessions of the same kind begun in one moment are two all the same.
      const content = Buffer.from(JSON.stringify({ ...session, nonce: randomBytes(6).toString("hex") })).toString(
        "base64url",
      );
      return { ...keysOf(content), sessionToken: `${content}.${mac("token", content).toString("base64url")}` };
    },
    read(token) {
      const [content = "", seal = ""] = token.split(".");
      const expected = mac("token", content);
      const given = Buffer.from(seal, "base64url");
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
      const session = Session.parse(JSON.parse(Buffer.from(content, "base64url").toString("utf8")));
      return { session, keys: keysOf(content) };
    },
  };
}
