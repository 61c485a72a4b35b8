import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import type { UserRecord } from "../../shared/domain/people/user.ts";
import type { outbox } from "../../shared/http/outbox.ts";
import type { userStore } from "../../shared/store/people/users.ts";
import type { Write } from "../../shared/store/table/writes.ts";
import { codeMail } from "./code-mail.ts";

/**
 * A new invitation of a user, and the writes that mail it.
 * @param chain of the user's customer
 * @throws DomainError mail_disabled; on commit: address_suppressed
 */
export async function invite(
  user: Pick<UserRecord, "id" | "name" | "email" | "username" | "locale">,
  chain: Chain,
  { users, outbox: mails }: { users: ReturnType<typeof userStore>; outbox: ReturnType<typeof outbox> },
): Promise<{ invitation: NonNullable<UserRecord["invitation"]>; writes: Write[] }> {
  mails.checkMay(chain, null, "password");
  const { publicUrl } = users;
  const { mail, kept } = codeMail("invitation", user, chain, {
    secret: users.newSecret(),
    publicUrl,
    now: users.now(),
  });
  const { writes } = await mails.queue(mail, chain, "password");
  return { invitation: kept, writes };
}
