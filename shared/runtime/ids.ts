import { randomBytes } from "node:crypto";
import { monotonicFactory } from "ulid";
import { type IdKind, idPrefixes } from "../domain/terms/ids.ts";

/** Makes ids and secrets; a test can hand in one that repeats itself. */
export interface IdSource {
  id: (kind: IdKind, nowMs: number) => string;
  /** A secret of 256 bits, base64url. */
  secret: () => string;
  /** 0 to 1, for jitter. */
  random: () => number;
}

/** Ids whose order is the order in which this process made them; randomness from the operating system. */
export function createIdSource(): IdSource {
  const next = monotonicFactory(() => randomBytes(4).readUInt32BE() / 2 ** 32);
  return {
    id: (kind, nowMs) => `${idPrefixes[kind]}_${next(nowMs)}`,
    secret: () => randomBytes(32).toString("base64url"),
    random: Math.random,
  };
}
