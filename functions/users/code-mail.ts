import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import { codePage, invitationMs, passwordResetMs, writeMailedCode } from "../../shared/domain/people/mailed-code.ts";
import type { UserRecord } from "../../shared/domain/people/user.ts";
import { effectiveSettings } from "../../shared/domain/terms/settings.ts";
import type { NewMail } from "../../shared/store/mail/outbox.ts";
import { hashMailed } from "../../shared/store/people/mailed-codes.ts";

const validMs = { invitation: invitationMs, password: passwordResetMs };

/**
 * A mail with a code by which a user chooses a password, and what is kept of the code.
 * @param chain of the user's customer
 * @param context `publicUrl` of the installation, and the secret of the code
 */
export function codeMail(
  purpose: "invitation" | "password",
  user: Pick<UserRecord, "id" | "name" | "email" | "username" | "locale">,
  chain: Chain,
  { secret, publicUrl, now }: { secret: string; publicUrl: string; now: number },
): { mail: NewMail; kept: { hash: string; expiresAt: string } } {
  const expiresAt = new Date(now + validMs[purpose]).toISOString();
  return {
    kept: { hash: hashMailed(secret), expiresAt },
    mail: {
      matter: {
        template: "access-link",
        purpose,
        recipient: user.name,
        customer: chain[0].name,
        username: user.username,
        pageUrl: codePage(publicUrl, purpose),
        expiresAt,
      },
      to: { name: user.name, address: user.email },
      accountId: null,
      contactId: null,
      locale: user.locale ?? effectiveSettings(chain).locale.value,
      secret: writeMailedCode({ userId: user.id, secret }),
    },
  };
}
