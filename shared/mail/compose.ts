import { domainToASCII } from "node:url";
import MailComposer from "nodemailer/lib/mail-composer";
import type { MailContent } from "../domain/mail/mail.ts";
import { plainLine } from "./plain-line.ts";

/** A mailbox: the name that is shown, and the bare address. */
export interface Mailbox {
  name: string;
  address: string;
}

/** A file that goes with a mail. */
export interface Attachment {
  filename: string;
  contentType: string;
  content: string | Uint8Array;
}

/** Whom a mail is from and to; `mailId` stays the same when it is sent again, `at` is the moment of sending. */
export interface Envelope {
  from: Mailbox;
  to: Mailbox;
  mailId: string;
  at: Date;
  /** Where its recipient says, by one POST, that he wants no more of the kind (RFC 8058). */
  unsubscribeUrl?: string | null;
}

// A dot-atom and a host, nothing quoted and no comment: what else RFC 5322 allows is where parsers disagree, and SES takes only ASCII before the @.
const bareAddress = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@([\p{L}\p{N}\p{M}.-]+)$/u;

/**
 * Text for a header. What looks like an encoded word (RFC 2047) would be decoded by the reader's client, control characters and
 * all; an invisible joiner breaks its beginning.
 */
const headerText = (text: string): string => plainLine(text).replaceAll("=?", "=\u2060?");

/** @throws Error where it is not one bare address, or its host no host */
const hostOf = (address: string): string => {
  const host = domainToASCII(bareAddress.exec(address)?.[1] ?? "");
  if (host === "") throw new Error("A mail needs bare addresses, such as name@example.com.");
  return host;
};

const mailbox = ({ name, address }: Mailbox) => {
  hostOf(address);
  return { name: headerText(name), address };
};

/**
 * The raw MIME message of a mail: text and HTML as alternatives in UTF-8, lines ended by CRLF.
 * The Message-ID is made of `mailId` and the sender's domain, so a mail that is sent again can be known as the same.
 * @throws Error where an address is not a bare one, or `mailId` cannot be part of a Message-ID
 */
export async function compose(
  { subject, text, html, language, attachments = [] }: MailContent & { language: string; attachments?: Attachment[] },
  { from, to, mailId, at, unsubscribeUrl = null }: Envelope,
): Promise<Uint8Array> {
  if (!/^[\w-]+$/.test(mailId)) throw new Error("The id of a mail must consist of letters, digits, _ and -.");
  return new MailComposer({
    from: mailbox(from),
    to: mailbox(to),
    subject: headerText(subject),
    messageId: `<${mailId}@${hostOf(from.address)}>`,
    date: at,
    headers: {
      // RFC 3834 and Exchange: no out-of-office note is to answer.
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "All",
      "Content-Language": language,
      ...(unsubscribeUrl !== null && {
        "List-Unsubscribe": `<${new URL(unsubscribeUrl).href}>`,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
      }),
    },
    text,
    html,
    attachments: attachments.map(({ filename, contentType, content }) => ({
      filename: headerText(filename),
      contentType,
      content:
        typeof content === "string"
          ? Buffer.from(content)
          : Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    })),
    newline: "win",
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
}
