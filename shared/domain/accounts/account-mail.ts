import { type AccountPlace, leading, planOfAccount, quotaOf } from "./account.ts";
import type { Chain } from "../hierarchy/customer.ts";
import { storageLocations } from "../terms/locations.ts";
import type { AccountFacts, MailMatter } from "../mail/mail.ts";

/** Accounts that one mail lists. Mail services cut longer mails off. */
export const listedAtMost = 50;

const factsOf = (place: AccountPlace): AccountFacts => ({
  username: place.account.username,
  planName: planOfAccount(place).name,
  quotaBytes: quotaOf(place).bytes,
  trialEndsAt: leading(place).trialEndsAt,
});

/** Where the data of a customer lie. */
const storageOf = ([{ storageLocation }]: Chain) => {
  const location = storageLocations.find(({ code }) => code === storageLocation);
  if (!location) throw new Error(`There is no storage location ${storageLocation}.`);
  return location;
};

/** What a new user is told of his account (R1). */
export const accountDetails = (place: AccountPlace, password: "temporary" | "known"): MailMatter => ({
  template: "account-details",
  recipient: place.contact.name,
  customer: place.chain[0].name,
  account: factsOf(place),
  storage: storageOf(place.chain),
  password,
});

/** What a user is told when his password was replaced by a temporary one. */
export const passwordReset = (place: AccountPlace): MailMatter => ({
  template: "password-reset",
  recipient: place.contact.name,
  customer: place.chain[0].name,
  account: factsOf(place),
});

/** What a user is told when the trial of his account has ended. */
export const trialEndedDetails = (place: AccountPlace): MailMatter => {
  const { trialEndsAt, trialDeleteAt } = place.account;
  return {
    template: "account-trial-ended",
    recipient: place.contact.name,
    customer: place.chain[0].name,
    account: factsOf(place),
    endedAt: String(trialEndsAt),
    deleteAt: String(trialDeleteAt),
  };
};

/** What a user is told when his account was deleted because its trial had ended. */
export const trialDeletedAccount = (place: AccountPlace): MailMatter => {
  const { deletedAt, purgeAt } = place.account;
  return {
    template: "account-trial-deleted",
    recipient: place.contact.name,
    customer: place.chain[0].name,
    account: factsOf(place),
    deletedAt: String(deletedAt),
    purgeAt: String(purgeAt),
  };
};

/** What a customer is told of all its accounts. */
export const customerDetails = (chain: Chain, places: readonly AccountPlace[], more: number): MailMatter => ({
  template: "customer-details",
  recipient: chain[0].contactName ?? chain[0].name,
  customer: chain[0].name,
  storage: storageOf(chain),
  accounts: places.map(factsOf),
  more,
});
