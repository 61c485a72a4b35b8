import { accountState } from "../../shared/domain/accounts/account.ts";
import { customerDetails, listedAtMost } from "../../shared/domain/accounts/account-mail.ts";
import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import type { MailMatter } from "../../shared/domain/mail/mail.ts";
import { effectiveSettings } from "../../shared/domain/terms/settings.ts";
import type { AccountStore } from "../../shared/store/accounts/accounts.ts";

/** What the mail with a customer's details says, to whom, and in which language. @throws DomainError not_found | not_applicable */
export async function detailsOfCustomer(
  accounts: AccountStore,
  customerId: string,
): Promise<{ matter: MailMatter; to: { name: string; address: string }; locale: string; chain: Chain }> {
  const { places, next, chain } = await accounts.list(customerId, listedAtMost, null);
  const more = next === null ? 0 : await accounts.countAfter(customerId, next);
  const [{ contactName, name, email }] = chain;
  return {
    matter: customerDetails(
      chain,
      places.filter((place) => accountState(place) === "active" || accountState(place) === "trial"),
      more,
    ),
    to: { name: contactName ?? name, address: email },
    locale: effectiveSettings(chain).locale.value,
    chain,
  };
}
