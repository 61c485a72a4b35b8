import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageRejected, SendRawEmailCommand, SESClient } from "@aws-sdk/client-ses";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Mailbox, startMailbox } from "../../../local/emulators/mailbox.ts";

let mailbox: Mailbox;
beforeEach(async () => {
  mailbox = await startMailbox(join(mkdtempSync(join(tmpdir(), "outage-")), "mail.jsonl"), Date.now);
});
afterEach(() => mailbox.stop());

const sendWith = (maxAttempts: number) => {
  const client = new SESClient({
    endpoint: mailbox.url,
    region: "eu-central-1",
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
    maxAttempts,
  });
  const Data = Buffer.from("From: from@example.com\r\nSubject: s\r\n\r\nText");
  return client
    .send(
      new SendRawEmailCommand({ Source: "from@example.com", Destinations: ["a@example.com"], RawMessage: { Data } }),
    )
    .finally(() => client.destroy());
};
const send = () => sendWith(1);
const failure = (sending: Promise<unknown>): Promise<Error & { code?: string }> =>
  sending.then(
    () => Promise.reject(new Error("was sent")),
    (error: Error) => error,
  );

describe("an outage", () => {
  test("of connections refuses them, and is over on the same port", async () => {
    await mailbox.outage.set("down");
    expect(await failure(send())).toMatchObject({ code: "ECONNREFUSED" });
    await mailbox.outage.set("down");
    await mailbox.outage.set("none");
    await send();
    expect(mailbox.list()).toHaveLength(1);
  });

  test("of answers keeps the mail, and cuts the connection", async () => {
    await mailbox.outage.set("answer-lost");
    expect(await failure(send())).toMatchObject({ code: "ECONNRESET" });
    expect(mailbox.list()).toHaveLength(1);
  });

  test("by throttling is the error that the SDK knows as such, and nothing is sent", async () => {
    await mailbox.outage.set("throttled");
    expect(await failure(send())).toMatchObject({
      name: "Throttling",
      message: "Maximum sending rate exceeded.",
      $metadata: { httpStatusCode: 400 },
    });
    expect(mailbox.list()).toEqual([]);
  });

  test("by throttling is tried again by the SDK until it is over", async () => {
    await mailbox.outage.set("throttled", 1);
    await sendWith(3);
    expect(mailbox.list()).toHaveLength(1);
  });

  test("by refusal is the error that the SDK has for it", async () => {
    await mailbox.outage.set("rejected");
    expect(await failure(send())).toBeInstanceOf(MessageRejected);
    expect(mailbox.list()).toEqual([]);
  });

  test("for a number of requests ends after them", async () => {
    await mailbox.outage.set("rejected", 2);
    expect(mailbox.outage.current()).toEqual({ mode: "rejected", remaining: 2 });
    await failure(send());
    expect(mailbox.outage.current()).toEqual({ mode: "rejected", remaining: 1 });
    await failure(send());
    expect(mailbox.outage.current()).toEqual({ mode: "none", remaining: null });
    await send();
  });

  test("leaves the web page alone, save where connections are refused", async () => {
    for (const mode of ["throttled", "rejected", "answer-lost"] as const) {
      await mailbox.outage.set(mode);
      expect((await fetch(`${mailbox.url}/store`)).status).toBe(200);
    }
    await mailbox.outage.set("down");
    await expect(fetch(mailbox.url)).rejects.toThrow();
  });
});
