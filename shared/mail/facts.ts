import type { StorageLocation } from "../domain/terms/locations.ts";
import type { AccountFacts } from "../domain/mail/mail.ts";
import { type Block, exact, type Fact, fact, notice } from "./blocks.ts";
import { plainLine } from "./plain-line.ts";
import type { Writing } from "./writing.ts";

/** Plan and space of an account, and the end of its trial where it is in one. @throws RangeError where that is no moment in time */
export const planFacts = (account: AccountFacts, { texts: { labels, unrestricted }, formats }: Writing): Fact[] => [
  fact(labels.plan, plainLine(account.planName)),
  fact(labels.quota, account.quotaBytes === null ? unrestricted : formats.amount(account.quotaBytes)),
  ...(account.trialEndsAt === null ? [] : [fact(labels.trialEnd, formats.moment(account.trialEndsAt))]),
];

/** Where the data lie. */
export const storageFact = (storage: StorageLocation, { texts: { labels }, formats }: Writing): Fact =>
  fact(labels.storage, formats.country(storage.code));

/** Says in a sentence of its own where data lies in another country than its location names; nobody is to infer it. */
export const elsewhere = ({ code, residency, regionCountry }: StorageLocation, { texts, formats }: Writing): Block[] =>
  residency === "nearest" ? [notice(texts.elsewhere(formats.country(code), formats.country(regionCountry)))] : [];

/** The temporary password, or in a preview a text in its place. */
export const passwordFact = ({ secret, texts: { labels, passwordToCome } }: Writing): Fact =>
  secret === null ? fact(labels.temporaryPassword, passwordToCome) : exact(labels.temporaryPassword, secret);
