import { lookOf, presentRecipient } from "../../shared/domain/mail/mail.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { render } from "../../shared/mail/render.ts";
import { accountStore } from "../../shared/store/accounts/accounts.ts";
import { customers as contracts } from "./contract.ts";
import { detailsOfCustomer } from "./customer-details.ts";

const stores = { accounts: accountStore };

/** Answers the mail with the details of a customer's accounts as `sendAccountDetails` would send it now. */
export async function previewAccountDetails({
  params,
  deps: { accounts },
}: Input<typeof contracts.previewAccountDetails, typeof stores>) {
  const { matter, to, locale, chain } = await detailsOfCustomer(accounts, params.id);
  return { to: presentRecipient(to), ...(await render(matter, lookOf(chain, locale), null)) };
}

export const handler = operation(contracts.previewAccountDetails, previewAccountDetails, stores);
