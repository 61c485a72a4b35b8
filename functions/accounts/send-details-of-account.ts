import { localeOf, refuseDeleted } from "../../shared/domain/accounts/account.ts";
import { accountDetails } from "../../shared/domain/accounts/account-mail.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { accountStore } from "../../shared/store/accounts/accounts.ts";
import { outboxStore, presentMail } from "../../shared/store/mail/outbox.ts";
import { accounts as contracts } from "./contract.ts";

const stores = { accounts: accountStore, outbox: outboxStore };

/**
 * Mails an account's details to its contact; a password is not among them, since it is stored nowhere (`resetPassword` mails a new one).
 * Refuses where mail is switched off, the address takes none, or the account is deleted.
 */
export async function sendDetailsOfAccount({
  params,
  deps: { accounts, outbox },
}: Input<typeof contracts.sendDetailsOfAccount, typeof stores>) {
  const place = await accounts.loadLive(params.id);
  const { account: before, contact, chain } = place;
  refuseDeleted(place);
  outbox.checkMay(chain, contact, "");
  const { mail, writes } = await outbox.queue(
    {
      matter: accountDetails(place, "known"),
      to: { name: contact.name, address: contact.email },
      accountId: before.id,
      contactId: contact.id,
      locale: localeOf(contact, chain),
      secret: null,
    },
    chain,
    "",
  );
  const updatedAt = new Date(accounts.now()).toISOString();
  const account = { ...before, detailsMailId: mail.id, updatedAt, version: before.version + 1 };
  return {
    result: presentMail(mail),
    writes: [
      ...accounts.save(before, account, chain),
      ...writes,
      accounts.log(chain, {
        type: "AccountDetailsQueued",
        node: { id: account.id, level: null, name: account.username },
        changes: [{ path: "mailId", before: null, after: mail.id }],
      }),
    ],
  };
}

export const handler = operation(contracts.sendDetailsOfAccount, sendDetailsOfAccount, stores);
