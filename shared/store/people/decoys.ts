import { createHash } from "node:crypto";
import * as z from "zod";
import { loginAttempts } from "../access/attempts.ts";
import type { Seal, WorkContext } from "../hierarchy/scope.ts";
import { addressKey, decoyKey, type Key } from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import { insert, type Write } from "../table/writes.ts";

/** An address that nobody has: names under `invalid` are nobody's. */
export const nobodysAddress = "nobody@nobody.invalid";

/** How long the items of a decoy are kept: as long as attempts are counted. */
const keptMs = loginAttempts.windowMs;
/** As large as a mail with a code, and as a log entry, mostly are. What counts is the kilobyte. */
const mailBytes = 750;
const entryBytes = 550;

const Decoy = z.object({ version: z.int() });

/** The key of what is written for a name in place of its user. It holds a hash: people type passwords into the wrong field. */
export const decoyKeyOf = (name: string): Key =>
  decoyKey(createHash("sha256").update(`decoy ${name}`).digest("base64url"));

/**
 * Writes as many, as large and of the same kinds as those by which a user gets a code for another password, and as much work for the seal; they
 * change nothing that anybody reads. So the time of an answer does not tell whether there is such a user. Like the user, the decoy of a name is
 * changed on the condition of its version: requests side by side are in each other's way in both cases.
 * @param before the decoy of the name as it was read
 */
export async function decoyReset(
  context: WorkContext,
  seal: Seal,
  key: Key,
  before: Item | undefined,
): Promise<Write[]> {
  const now = context.now();
  const expiresAt = Math.ceil((now + keptMs) / 1000);
  const version = before ? Decoy.parse(before).version : null;
  const [mailId, entryId, secret] = [context.id("mail"), context.id("logEntry"), context.secret()];
  const sealed = await seal(secret, mailId);
  const filled = (place: string, sealedText: string, bytes: number): Write =>
    insert({ ...key, sk: place }, { kind: "decoy", filler: sealedText.padEnd(bytes, "-"), expiresAt });
  return [
    {
      kind: "update",
      key,
      set: { kind: "decoy", version: (version ?? 0) + 1, updatedAt: new Date(now).toISOString(), expiresAt },
      add: {},
      when: [version === null ? { exists: false } : { attribute: "version", is: version }],
    },
    { kind: "check", key: addressKey(nobodysAddress), when: [{ exists: false }] },
    filled(mailId, sealed, mailBytes),
    filled(entryId, "", entryBytes),
  ];
}
