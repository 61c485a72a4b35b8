import * as z from "zod";
import { job } from "../../shared/http/jobs/invocation.ts";
import { type MailEvent, takeMailEvent } from "../../shared/store/mail/sending.ts";
import { jobs } from "../jobs.ts";

/** An event of Amazon SES as EventBridge hands it over; of its many fields those that are used. */
const SesEvent = z.object({
  "detail-type": z.string(),
  detail: z.object({
    mail: z.object({ messageId: z.string(), tags: z.object({ mail: z.array(z.string()).optional() }) }),
    bounce: z.object({ bounceType: z.string() }).optional(),
    reject: z.object({ reason: z.string() }).optional(),
  }),
});
type SesEvent = z.infer<typeof SesEvent>;

/** What an event means for its mail, null where it means nothing: a bounce that may pass by itself is SES's to retry. */
function meaning({ "detail-type": type, detail }: SesEvent, now: number): MailEvent | null {
  const { mail, bounce, reject } = detail;
  const at = new Date(now).toISOString();
  switch (type) {
    case "Email Sent":
      return { type: "accepted", messageId: mail.messageId };
    case "Email Bounced":
      return bounce?.bounceType === "Permanent" ? { type: "suppress", suppression: { reason: "bounced", at } } : null;
    case "Email Complaint Received":
      return { type: "suppress", suppression: { reason: "complained", at } };
    case "Email Rejected":
      return { type: "rejected", problem: `SES rejected the message: ${reject?.reason ?? "no reason given"}.` };
    default:
      return null;
  }
}

/**
 * Takes in what SES tells of a mail after it was handed over. An accepted mail is settled by it, also where the answer was lost; an address
 * that bounces for good or complains gets no more.
 */
export const handler = job(jobs.recordMailEvents.id, async (event, { open, author, now, logger }) => {
  const told = SesEvent.parse(event);
  const [mailId] = told.detail.mail.tags.mail ?? [];
  const meant = meaning(told, now);
  if (mailId === undefined || !meant) return;
  const known = await takeMailEvent(open, author, mailId, meant, now);
  if (known === "unknown") logger.warn("event of an unknown mail", { mailId, type: told["detail-type"] });
  else if (known === "news" && meant.type === "rejected")
    logger.error("mail failed", { mailId, problem: meant.problem });
});
