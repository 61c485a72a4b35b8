import { appendFileSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SendEmailCommand, SendRawEmailCommand, SESClient } from "@aws-sdk/client-ses";
import { afterEach, expect, test } from "vitest";
import { type Mailbox, startMailbox } from "../../../local/emulators/mailbox.ts";

const open: Mailbox[] = [];
afterEach(() => Promise.all(open.splice(0).map((mailbox) => mailbox.stop())));

const start = async (file: string, now: () => number = Date.now): Promise<Mailbox> => {
  const mailbox = await startMailbox(file, now);
  open.push(mailbox);
  return mailbox;
};
const newFile = (): string => join(mkdtempSync(join(tmpdir(), "mailbox-")), "mail.jsonl");
const clientOf = ({ url }: Mailbox): SESClient =>
  new SESClient({
    endpoint: url,
    region: "eu-central-1",
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
    maxAttempts: 1,
  });
const send = (mailbox: Mailbox, subject: string) =>
  clientOf(mailbox).send(
    new SendEmailCommand({
      Source: "from@example.com",
      Destination: { ToAddresses: ["ann@example.com", "Bob <bob@example.com>"] },
      Message: { Subject: { Data: subject }, Body: { Text: { Data: "Grüße" }, Html: { Data: "<p>Grüße</p>" } } },
    }),
  );

test("a mail that is sent through SES can be read, with the installation's time", async () => {
  const mailbox = await start(newFile(), () => Date.UTC(2030, 0, 1));
  const { MessageId } = await send(mailbox, "Hello");
  expect(MessageId).toBeTruthy();
  expect(mailbox.list()).toEqual([
    {
      messageId: MessageId,
      from: "from@example.com",
      replyTo: [],
      to: "ann@example.com, bob@example.com",
      subject: "Hello",
      text: "Grüße",
      html: "<p>Grüße</p>",
      sentAt: "2030-01-01T00:00:00.000Z",
      configurationSet: null,
      tags: {},
    },
  ]);
});

test("a raw message is taken apart", async () => {
  const mailbox = await start(newFile());
  const lines = ["From: from@example.com", "To: Ann <ann@example.com>", "Subject: =?utf-8?B?w5xiZXI=?=", "", "Text"];
  await clientOf(mailbox).send(new SendRawEmailCommand({ RawMessage: { Data: Buffer.from(lines.join("\r\n")) } }));
  expect(mailbox.list()).toMatchObject([{ to: "ann@example.com", subject: "Über", text: "Text", html: null }]);
});

test("the envelope of a raw message counts, not its headers", async () => {
  const mailbox = await start(newFile());
  const Data = Buffer.from("From: from@example.com\r\nTo: list@example.com\r\nSubject: s\r\n\r\nText");
  await clientOf(mailbox).send(
    new SendRawEmailCommand({ RawMessage: { Data }, Destinations: ["a@example.com", "b@example.com"] }),
  );
  expect(mailbox.list()).toMatchObject([{ to: "a@example.com, b@example.com" }]);
});

test("configuration set and tags are kept with the mail, whose id is the one that the sender was told", async () => {
  const file = newFile();
  const mailbox = await start(file);
  const { MessageId } = await clientOf(mailbox).send(
    new SendRawEmailCommand({
      Source: "from@example.com",
      Destinations: ["a@example.com"],
      RawMessage: {
        Data: Buffer.from("From: Us <from@example.com>\r\nReply-To: us@example.com\r\nSubject: s\r\n\r\nText"),
      },
      ConfigurationSetName: "tenantry-local",
      Tags: [
        { Name: "mail", Value: "mai_1" },
        { Name: "kind", Value: "welcome" },
      ],
    }),
  );
  const kept = {
    messageId: MessageId,
    from: '"Us" <from@example.com>',
    replyTo: ["us@example.com"],
    configurationSet: "tenantry-local",
    tags: { mail: "mai_1", kind: "welcome" },
  };
  expect(mailbox.list()).toMatchObject([kept]);
  expect((await start(file)).list()).toMatchObject([kept]);
});

test("what was sent is on the disk at once, and still there after a restart, newest first", async () => {
  const file = newFile();
  const first = await start(file);
  await send(first, "one");
  expect(readFileSync(file, "utf8")).toContain("one");
  appendFileSync(file, '{"sentAt":"2026-'); // a crash while the next was written
  const second = await start(file);
  await send(second, "two");
  const third = await start(file);
  expect(third.list().map(({ subject }) => subject)).toEqual(["two", "one"]);
  const page = (await (await fetch(`${third.url}/store`)).json()) as { emails: { subject: string }[] };
  expect(page.emails.map(({ subject }) => subject)).toEqual(["one", "two"]);
});

test("two mailboxes in one process do not see each other's mail", async () => {
  const [one, other] = [await start(newFile()), await start(newFile())];
  await send(one, "mine");
  expect(other.list()).toEqual([]);
  expect(await (await fetch(`${other.url}/store`)).json()).toMatchObject({ emails: [] });
});
