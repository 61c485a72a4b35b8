import { createHash } from "node:crypto";
import { pseudoParameters } from "../assembly/intrinsics.ts";
import type { SentMail } from "./mailbox.ts";

/** An event as EventBridge hands it over. */
export interface BusEvent {
  version: "0";
  id: string;
  "detail-type": string;
  source: "aws.ses";
  account: string;
  time: string;
  region: string;
  resources: string[];
  detail: { eventType: string; mail: Record<string, unknown> } & Record<string, unknown>;
}

const { "AWS::Region": region = "", "AWS::AccountId": account = "" } = pseudoParameters;

/** Recipients of AWS's mailbox simulator that behave in some way; `bounce+anything@…` is `bounce@…`. */
const simulated = (recipients: readonly string[], kind: string): string[] =>
  recipients.filter((recipient) => {
    const [user = "", host] = recipient.toLowerCase().split("@");
    return host === "simulator.amazonses.com" && user.split("+", 1)[0] === kind;
  });

/**
 * The events that SES publishes of a mail: that it was accepted, and what its simulated recipients make of it. The same mail always has the
 * same events with the same ids. Without a configuration set SES publishes none.
 */
export function eventsOf(mail: SentMail): BusEvent[] {
  if (mail.configurationSet === null) return [];
  const { configurationSet, messageId, sentAt } = mail;
  const recipients = mail.to.split(", ");
  const event = (name: string, eventType: string, about: Record<string, unknown>): BusEvent => ({
    version: "0",
    id: uuidOf(`${messageId} ${name} ${JSON.stringify(about)}`),
    "detail-type": name,
    source: "aws.ses",
    account,
    time: sentAt.replace(/\.\d+Z$/, "Z"),
    region,
    resources: [`arn:aws:ses:${region}:${account}:configuration-set/${configurationSet}`],
    detail: {
      eventType,
      mail: {
        timestamp: sentAt,
        source: mail.from,
        sendingAccountId: account,
        messageId,
        destination: recipients,
        headersTruncated: false,
        tags: {
          "ses:configuration-set": [configurationSet],
          ...Object.fromEntries(Object.entries(mail.tags).map(([tag, value]) => [tag, [value]])),
        },
      },
      ...about,
    },
  });
  const feedback = { timestamp: sentAt, feedbackId: `${uuidOf(`feedback ${messageId}`)}-000000` };
  const bounce = (bounceSubType: string, bounced: string[], reason: Record<string, string>): BusEvent[] =>
    bounced.length === 0
      ? []
      : [
          event("Email Bounced", "Bounce", {
            bounce: {
              bounceType: "Permanent",
              bounceSubType,
              bouncedRecipients: bounced.map((emailAddress) => ({ emailAddress, action: "failed", ...reason })),
              ...feedback,
            },
          }),
        ];
  const complained = simulated(recipients, "complaint");
  return [
    event("Email Sent", "Send", { send: {} }),
    ...bounce("General", simulated(recipients, "bounce"), {
      status: "5.1.1",
      diagnosticCode: "smtp; 550 5.1.1 user unknown",
    }),
    ...bounce("Suppressed", simulated(recipients, "suppressionlist"), {
      status: "5.1.1",
      diagnosticCode: "Amazon SES has suppressed sending to this address",
    }),
    ...(complained.length === 0
      ? []
      : [
          event("Email Complaint Received", "Complaint", {
            complaint: {
              complainedRecipients: complained.map((emailAddress) => ({ emailAddress })),
              complaintFeedbackType: "abuse",
              ...feedback,
            },
          }),
        ]),
  ];
}

/** An id that is always the same for the same text. */
const uuidOf = (text: string): string =>
  createHash("sha256")
    .update(text)
    .digest("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
