import { hasApp } from "../../shared/domain/people/user.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { effectiveSettings } from "../../shared/domain/terms/settings.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { seal } from "../../shared/runtime/sealer.ts";
import { ownAccessStore } from "../../shared/store/people/own-access.ts";
import { newSeed, seedUri } from "../../shared/store/people/totp.ts";
import { totp as contracts } from "./contract.ts";

const stores = { own: ownAccessStore };

/** Gives the caller a seed for an authenticator app. Refused while one is set up. */
export async function startTotp({ deps: { own } }: Input<typeof contracts.startTotp, typeof stores>) {
  const { user, chain } = await own.load();
  if (hasApp(user)) throw new DomainError("not_applicable", "You have an authenticator app; remove it first.");
  const seed = newSeed();
  const totp = { sealedSeed: await seal(seed, user.id), confirmedAt: null };
  return {
    result: { seed, uri: seedUri(seed, effectiveSettings(chain).mail.senderName.value, user.username) },
    writes: [own.save(user, { totp })],
  };
}

export const handler = operation(contracts.startTotp, startTotp, stores);
