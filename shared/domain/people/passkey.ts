import * as z from "zod";
import { PasskeyId } from "../terms/ids.ts";
import { line } from "../terms/text.ts";

/** How many passkeys a user may have. */
export const passkeysAtMost = 20;
/** How long a challenge can be answered. */
export const challengeMs = 5 * 60_000;

/** What a challenge was made for: an answer counts for nothing else. */
export type ChallengePurpose = "registration" | "proof" | "login";

export const PasskeyName = line(100).meta({ examples: ["Notebook"] });

/** A passkey of a user, as its user sees it. */
export const Passkey = z
  .object({
    id: PasskeyId,
    version: z.int(),
    name: PasskeyName,
    synced: z.boolean().meta({
      description:
        "It may be on several devices, by the account of a platform or a password manager; false: it stays on one",
    }),
    transports: z
      .array(z.string())
      .meta({ description: "How the browser reaches the authenticator, as it said itself" }),
    lastUsedAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "Passkey" });
export type Passkey = z.infer<typeof Passkey>;
/** The passkeys of a user, oldest first. */
export const Passkeys = z.object({ items: z.array(Passkey) }).meta({ id: "Passkeys" });

/** A passkey as it is stored, in the record of its user. Its private key never leaves the authenticator. */
export const PasskeyRecord = Passkey.extend({
  /** The authenticator's name for it, base64url. */
  credentialId: z.string(),
  /** COSE, base64url. */
  publicKey: z.string(),
  /** How often the authenticator has signed, as it last said; 0: it does not count. */
  counter: z.int(),
});
export type PasskeyRecord = z.infer<typeof PasskeyRecord>;

/** The passkeys of a user with one of them changed. */
export const withPasskey = (
  passkeys: readonly PasskeyRecord[],
  id: string,
  changes: Partial<PasskeyRecord>,
): PasskeyRecord[] => passkeys.map((one) => (one.id === id ? { ...one, ...changes } : one));

/** Whether an authenticator that counts has counted on. If it has not, there are two of it. */
export const hasCountedOn = ({ counter }: Pick<PasskeyRecord, "counter">, next: number): boolean =>
  next > counter || (next === 0 && counter === 0);

/** The site that passkeys are bound to. */
export interface RelyingParty {
  /** A domain. */
  id: string;
  /** Where its pages come from. */
  origin: string;
}

/**
 * The site that the passkeys of an installation are bound to: the host that people reach it by. Browsers bind passkeys to no address of a
 * network, so the local run is `localhost`. null: the installation has no name.
 */
export function relyingPartyOf(publicUrl: string): RelyingParty | null {
  if (publicUrl === "") return null;
  const url = new URL(publicUrl);
  if (url.hostname === "127.0.0.1" || url.hostname === "[::1]") url.hostname = "localhost";
  return /^[\d.]+$|^\[/.test(url.hostname) ? null : { id: url.hostname, origin: url.origin };
}
