import { alive } from "../../shared/domain/hierarchy/customer.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { accountStore } from "../../shared/store/accounts/accounts.ts";
import { outboxStore, presentMail } from "../../shared/store/mail/outbox.ts";
import { customers as contracts } from "./contract.ts";
import { detailsOfCustomer } from "./customer-details.ts";

const stores = { accounts: accountStore, outbox: outboxStore };

/** Mails the details of a customer's accounts to the customer's address, without passwords. Refuses where mail is switched off or the address takes none. */
export async function sendAccountDetails({
  params,
  deps: { accounts, outbox },
}: Input<typeof contracts.sendAccountDetails, typeof stores>) {
  const { matter, to, locale, chain } = await detailsOfCustomer(accounts, params.id);
  const [{ id, level, name }] = alive(chain);
  outbox.checkMay(chain, null, "");
  const { mail, writes } = await outbox.queue(
    { matter, to, locale, accountId: null, contactId: null, secret: null },
    chain,
    "",
  );
  return {
    result: presentMail(mail),
    writes: [
      ...writes,
      accounts.log(chain, {
        type: "AccountDetailsQueued",
        node: { id, level, name },
        changes: [{ path: "mailId", before: null, after: mail.id }],
      }),
    ],
  };
}

export const handler = operation(contracts.sendAccountDetails, sendAccountDetails, stores);
