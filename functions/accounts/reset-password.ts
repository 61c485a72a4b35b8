import { differenceIn } from "../../shared/domain/hierarchy/log-changes.ts";
import { localeOf, refuseDeleted } from "../../shared/domain/accounts/account.ts";
import { passwordReset } from "../../shared/domain/accounts/account-mail.ts";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { normaliseLogin } from "../../shared/domain/access/login.ts";
import { checkPassword } from "../../shared/domain/access/password.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { outbox } from "../../shared/http/outbox.ts";
import { accountStore } from "../../shared/store/accounts/accounts.ts";
import { forgiveLogin } from "../../shared/store/access/attempts.ts";
import { accounts as contracts } from "./contract.ts";

const stores = { accounts: accountStore, outbox };

/**
 * Replaces an account's password: by a temporary one that is mailed to its contact, or by one that the caller gives. The old one ends
 * at once. Refuses weak passwords, deleted accounts, and a temporary password that could not be mailed.
 */
export async function resetPassword({
  params,
  body,
  deps: { accounts, outbox },
}: Input<typeof contracts.resetPassword, typeof stores>) {
  const place = await accounts.loadLive(params.id);
  const { account: before, contact, chain } = place;
  refuseDeleted(place);
  if (body.password === undefined && body.mustChangePassword === false)
    throw refuse("not_applicable", "mustChangePassword", "A temporary password must be changed at first use.");
  if (body.password === undefined) outbox.checkMay(chain, contact, "password");
  else checkPassword(body.password, before.username, "password");
  const { hash, temporary } = await accounts.password(body.password);
  const queued =
    temporary === null
      ? null
      : await outbox.queue(
          {
            matter: passwordReset(place),
            to: { name: contact.name, address: contact.email },
            accountId: before.id,
            contactId: contact.id,
            locale: localeOf(contact, chain),
            secret: temporary,
          },
          chain,
          "password",
        );
  const account = {
    ...before,
    passwordHash: hash,
    mustChangePassword: body.mustChangePassword ?? body.password === undefined,
    detailsMailId: queued?.mail.id ?? before.detailsMailId,
    updatedAt: new Date(accounts.now()).toISOString(),
    version: before.version + 1,
  };
  return {
    result: accounts.present({ ...place, account }),
    writes: [
      ...accounts.save(before, account, chain),
      // Whoever has been shut out by failures has a new password to try.
      forgiveLogin(normaliseLogin(account.username), accounts.now()),
      accounts.noteEnd(account),
      ...(queued?.writes ?? []),
      accounts.log(chain, {
        type: "PasswordReset",
        node: { id: account.id, level: null, name: account.username },
        changes: differenceIn(["mustChangePassword"], before, account),
      }),
    ],
  };
}

export const handler = operation(contracts.resetPassword, resetPassword, stores);
