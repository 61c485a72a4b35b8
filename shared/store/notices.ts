import type { Chain } from "../domain/customer.ts";
import type { MailMatter } from "../domain/mail.ts";
import { effectiveSettings } from "../domain/settings.ts";
import { findSuppression } from "./addresses.ts";
import { queueMail, refusalToMail } from "./outbox.ts";
import type { WorkContext } from "./scope.ts";
import { Stale, type Write } from "./writes.ts";

/**
 * The writes that queue a mail which nobody has asked for. None where mail is switched off, or where the address takes none: what it
 * tells of happens all the same. `chain` is that of whom it is for, nearest first.
 */
export async function queueNotice(
  context: WorkContext,
  chain: Chain,
  matter: MailMatter,
  address: string,
  { accountId = null, contactId = null, name, locale }: Partial<Addressee> = {},
): Promise<Write[]> {
  const to = { name: name ?? chain[0].contactName ?? chain[0].name, address };
  const suppression = await findSuppression(context.db, address);
  if (refusalToMail(context, chain, { email: address, suppression }, "")) return [];
  const language = locale ?? effectiveSettings(chain).locale.value;
  const { writes } = await queueMail(
    context,
    { matter, to, accountId, contactId, locale: language, secret: null },
    chain,
    "",
  );
  // An address that is suppressed in this very moment is no refusal but calls for another look.
  return writes.map((write) =>
    write.otherwise ? { ...write, otherwise: new Stale("The address takes no mail.") } : write,
  );
}

/** Whom a mail is for, where that is not the customer itself. */
interface Addressee {
  accountId: string | null;
  contactId: string | null;
  name: string;
  locale: string;
}
