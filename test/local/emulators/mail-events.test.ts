import { expect, test } from "vitest";
import { eventsOf } from "../../../local/emulators/mail-events.ts";
import type { SentMail } from "../../../local/emulators/mailbox.ts";

const mail: SentMail = {
  messageId: "0102-1",
  from: "Us <us@example.com>",
  replyTo: [],
  to: "ann@example.com, bob@example.com",
  subject: "s",
  text: "t",
  html: null,
  sentAt: "2030-01-01T00:00:00.123Z",
  configurationSet: "tenantry-local",
  tags: { mail: "mai_1" },
};
const namesFor = (...to: string[]) => eventsOf({ ...mail, to: to.join(", ") }).map((event) => event["detail-type"]);

test("a mail that was accepted has the event of SES that says so", () => {
  expect(eventsOf(mail)).toEqual([
    {
      version: "0",
      id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      "detail-type": "Email Sent",
      source: "aws.ses",
      account: "000000000000",
      time: "2030-01-01T00:00:00Z",
      region: "eu-central-1",
      resources: ["arn:aws:ses:eu-central-1:000000000000:configuration-set/tenantry-local"],
      detail: {
        eventType: "Send",
        mail: {
          timestamp: "2030-01-01T00:00:00.123Z",
          source: "Us <us@example.com>",
          sendingAccountId: "000000000000",
          messageId: "0102-1",
          destination: ["ann@example.com", "bob@example.com"],
          headersTruncated: false,
          tags: { "ses:configuration-set": ["tenantry-local"], mail: ["mai_1"] },
        },
        send: {},
      },
    },
  ]);
});

test("the same mail has the same events each time, and other mails have others", () => {
  expect(eventsOf(mail)).toEqual(eventsOf({ ...mail }));
  expect(eventsOf(mail)[0]?.id).not.toBe(eventsOf({ ...mail, messageId: "0102-2" })[0]?.id);
});

test("a mail without a configuration set has no events", () => {
  expect(eventsOf({ ...mail, configurationSet: null })).toEqual([]);
});

test.each([
  ["success@simulator.amazonses.com", []],
  ["bounce@example.com", []],
  ["bounce@simulator.amazonses.com", ["Email Bounced"]],
  ["Bounce+label@Simulator.amazonses.com", ["Email Bounced"]],
  ["suppressionlist@simulator.amazonses.com", ["Email Bounced"]],
  ["complaint@simulator.amazonses.com", ["Email Complaint Received"]],
])("%s answers as AWS's mailbox simulator does", (to, names) => {
  expect(namesFor(to)).toEqual(["Email Sent", ...names]);
});

test("a bounce names the recipients that it is about, and why", () => {
  const to = "ann@example.com, bounce+1@simulator.amazonses.com, complaint@simulator.amazonses.com";
  const [, bounce, complaint] = eventsOf({ ...mail, to });
  expect(bounce?.detail).toMatchObject({
    eventType: "Bounce",
    bounce: {
      bounceType: "Permanent",
      bounceSubType: "General",
      bouncedRecipients: [{ emailAddress: "bounce+1@simulator.amazonses.com", action: "failed", status: "5.1.1" }],
    },
    mail: { tags: { mail: ["mai_1"] } },
  });
  expect(complaint?.detail).toMatchObject({
    eventType: "Complaint",
    complaint: { complainedRecipients: [{ emailAddress: "complaint@simulator.amazonses.com" }] },
  });
});
