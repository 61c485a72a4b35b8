import { localeOf } from "../../shared/domain/accounts/account.ts";
import { accountDetails } from "../../shared/domain/accounts/account-mail.ts";
import { lookOf, presentRecipient } from "../../shared/domain/mail/mail.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { render } from "../../shared/mail/render.ts";
import { accountStore } from "../../shared/store/accounts/accounts.ts";
import { accounts as contracts } from "./contract.ts";

const stores = { accounts: accountStore };

/** Answers the mail with an account's details as `sendDetailsOfAccount` would send it now. */
export async function previewDetailsOfAccount({
  params,
  deps: { accounts },
}: Input<typeof contracts.previewDetailsOfAccount, typeof stores>) {
  const place = await accounts.load(params.id);
  const { contact, chain } = place;
  const content = await render(accountDetails(place, "known"), lookOf(chain, localeOf(contact, chain)), null);
  return { to: presentRecipient({ name: contact.name, address: contact.email }), ...content };
}

export const handler = operation(contracts.previewDetailsOfAccount, previewDetailsOfAccount, stores);
