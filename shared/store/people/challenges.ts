import { createHash } from "node:crypto";
import * as z from "zod";
import { challengeMs, type ChallengePurpose } from "../../domain/people/passkey.ts";
import type { Database } from "../table/database.ts";
import { challengeKey } from "../table/keys.ts";
import { type Delete, insert, type Put } from "../table/writes.ts";

/** Whom and what a challenge is for. */
export interface ChallengeFor {
  purpose: ChallengePurpose;
  /** Absent: whoever answers it. */
  userId?: string;
}

const hashChallenge = (challenge: string): string =>
  createHash("sha256").update(`challenge ${challenge}`).digest("base64url");

const Challenge = z.object({ purpose: z.string(), userId: z.string().optional(), endsAt: z.number() });

/** The write of a challenge that waits for its answer. */
export const newChallenge = (challenge: string, { purpose, userId }: ChallengeFor, nowMs: number): Put => {
  const endsAt = nowMs + challengeMs;
  return insert(challengeKey(hashChallenge(challenge)), {
    kind: "challenge",
    purpose,
    userId,
    endsAt,
    expiresAt: Math.ceil(endsAt / 1000),
  });
};

const ClientData = z.object({ challenge: z.string(), crossOrigin: z.boolean().optional() });

/** What a browser says that it was asked, as far as it can be read. */
function readClientData(clientDataJSON: string): z.infer<typeof ClientData> | null {
  try {
    return ClientData.safeParse(JSON.parse(Buffer.from(clientDataJSON, "base64url").toString())).data ?? null;
  } catch {
    return null;
  }
}

/**
 * The challenge that an answer names, and the write that uses it up; null where there is none, it was for something or somebody else, was
 * used, or has expired, and where a page of another site has embedded ours. That it was signed is for others to verify.
 */
export async function findChallenge(
  db: Database,
  clientDataJSON: string,
  wanted: ChallengeFor,
  nowMs: number,
): Promise<{ challenge: string; used: Delete } | null> {
  const { challenge = "", crossOrigin = false } = readClientData(clientDataJSON) ?? {};
  const key = challengeKey(hashChallenge(challenge));
  const kept = Challenge.safeParse(await db.get(key)).data;
  const fits = kept?.purpose === wanted.purpose && kept.userId === wanted.userId && kept.endsAt > nowMs;
  return fits && !crossOrigin ? { challenge, used: { kind: "delete", key, when: [{ exists: true }] } } : null;
}
