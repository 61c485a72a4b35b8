import { codePage, invitationMs, writeMailedCode } from "../../shared/domain/people/mailed-code.ts";
import type { UserRecord } from "../../shared/domain/people/user.ts";
import { effectiveSettings } from "../../shared/domain/terms/settings.ts";
import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import type { outbox } from "../../shared/http/outbox.ts";
import { hashMailed } from "../../shared/store/people/sessions.ts";
import type { Write } from "../../shared/store/table/writes.ts";

/**
 * A new invitation of a user, and the writes that mail it.
 * @param chain of the user's customer
 * @throws DomainError mail_disabled; on commit: address_suppressed
 */
export async function invite(
  user: Pick<UserRecord, "id" | "name" | "email" | "username" | "locale">,
  chain: Chain,
  secret: string,
  { outbox: mails, publicUrl, now }: { outbox: ReturnType<typeof outbox>; publicUrl: string; now: number },
): Promise<{ invitation: NonNullable<UserRecord["invitation"]>; writes: Write[] }> {
  mails.checkMay(chain, null, "password");
  const expiresAt = new Date(now + invitationMs).toISOString();
  const { writes } = await mails.queue(
    {
      matter: {
        template: "access-link",
        purpose: "invitation",
        recipient: user.name,
        customer: chain[0].name,
        username: user.username,
        pageUrl: codePage(publicUrl, "invitation"),
        expiresAt,
      },
      to: { name: user.name, address: user.email },
      accountId: null,
      contactId: null,
      locale: user.locale ?? effectiveSettings(chain).locale.value,
      secret: writeMailedCode({ userId: user.id, secret }),
    },
    chain,
    "password",
  );
  return { invitation: { hash: hashMailed(secret), expiresAt }, writes };
}
