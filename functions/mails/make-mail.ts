import { compose } from "../../shared/mail/compose.ts";
import { render } from "../../shared/mail/render.ts";
import { renderReport } from "../../shared/mail/reports/render.ts";
import { open as openSealed } from "../../shared/runtime/sealer.ts";
import type { MailRecord } from "../../shared/store/mail/outbox.ts";
import { readInvoiceFile } from "../../shared/store/billing/files.ts";
import { readContent } from "../../shared/store/reports/content.ts";
import type { Database } from "../../shared/store/table/database.ts";

/**
 * A mail as SES takes it, with the secret that it carries. `from` is the installation's address, `now` milliseconds since the epoch.
 * @throws Error where it cannot be made; its message may quote what the mail says
 */
export async function makeMail(mail: MailRecord, from: string, now: number, open: () => Database): Promise<Uint8Array> {
  const { id, matter, look, sealedSecret, to } = mail;
  const envelope = { from: { name: look.senderName, address: from }, to, mailId: id, at: new Date(now) };
  if (matter.template === "report") {
    const said = await readContent(open(), matter.contentId);
    if (!said) throw new Error("What the report says is not kept any more.");
    const { unsubscribeUrl } = matter;
    return compose(await renderReport(said, look, unsubscribeUrl), { ...envelope, unsubscribeUrl });
  }
  const secret = sealedSecret === null ? null : await openSealed(sealedSecret, id);
  const content = await render(matter, look, secret);
  if (matter.template !== "invoice") return compose(content, envelope);
  const file = await readInvoiceFile(open(), matter.invoiceId);
  if (!file) throw new Error("The file of the invoice is missing.");
  const attachment = { filename: `${matter.number}.pdf`, contentType: "application/pdf", content: file };
  return compose({ ...content, attachments: [attachment] }, envelope);
}
