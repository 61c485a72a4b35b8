import type { Failing } from "../../shared/http/jobs/isolation.ts";
import type { MailRecord } from "../../shared/store/mail/outbox.ts";
import type { Item } from "../../shared/store/table/units.ts";

/** What the log says of a mail that cannot be read: it stays as it is until somebody has seen to it. */
export const notReadable = ({ pk }: Item): Failing => ({
  level: "error",
  message: "mail not readable",
  about: { pk },
  discreet: true,
});

/** What the log says of a mail that cannot be made. The error may quote what the mail says. */
export const cannotBeMade = ({ id: mailId }: MailRecord): Failing => ({
  level: "warn",
  message: "mail cannot be made",
  about: { mailId },
  discreet: true,
});

/** What the log says of a mail that something unexpected happened to: it is due again by its timer. */
export const leftForLater = ({ id: mailId }: MailRecord): Failing => ({
  level: "warn",
  message: "mail left for later",
  about: { mailId },
});
