import { alive } from "../../shared/domain/customer.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { accountStore } from "../../shared/store/accounts.ts";
import { outboxStore, presentMail } from "../../shared/store/outbox.ts";
import { customers as contracts } from "./contract.ts";
import { detailsOfCustomer } from "./customer-details.ts";

const stores = { accounts: accountStore, outbox: outboxStore };

/** Mails the details of a customer's accounts to the customer's address, without passwords. Refuses where mail is switched off or the address takes none. */
export async function sendAccountDetails({
  params,
  deps: { accounts, outbox },
}: Input<typeof contracts.sendAccountDetails, typeof stores>) {
  const [{ matter, to, locale, chain }, suppression] = await Promise.all([
    detailsOfCustomer(accounts, params.id),
    outbox.suppressionOfCustomer(params.id),
  ]);
  const [{ id, level, name }] = alive(chain);
  outbox.checkMay(chain, { email: to.address, suppression }, "");
  const { mail, write } = await outbox.queue(
    { matter, to, locale, accountId: null, contactId: null, secret: null },
    chain,
  );
  return {
    result: presentMail(mail),
    writes: [write, accounts.log(chain, { type: "AccountDetailsQueued", node: { id, level, name } })],
  };
}

export const handler = operation(contracts.sendAccountDetails, sendAccountDetails, stores);
