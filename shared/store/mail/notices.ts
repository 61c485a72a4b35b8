import type { Chain } from "../../domain/hierarchy/customer.ts";
import type { MailMatter } from "../../domain/mail/mail.ts";
import { effectiveSettings } from "../../domain/terms/settings.ts";
import { findSuppression } from "./addresses.ts";
import { queueMail, refusalToMail } from "./outbox.ts";
import type { WorkContext } from "../hierarchy/scope.ts";
import type { Write } from "../table/writes.ts";

/**
 * The write that queues a mail which nobody has asked for. None where mail is switched off, or where the address takes none: what it
 * tells of happens all the same. `chain` is that of whom it is for, nearest first. The address is no condition of the change, as it is
 * where somebody asks for a mail: a sweep that tells one seller of many trials would have all its transactions meet at it. One that is
 * suppressed in this very moment stops the sender, which looks again.
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
  return writes.filter(({ kind }) => kind !== "check");
}

/** Whom a mail is for, where that is not the customer itself. */
interface Addressee {
  accountId: string | null;
  contactId: string | null;
  name: string;
  locale: string;
}
