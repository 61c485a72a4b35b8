import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { EventRule } from "../../../local/assembly/assembly.ts";
import { type EventBus, startEventBus } from "../../../local/lambda/event-bus.ts";
import type { BusEvent } from "../../../local/emulators/mail-events.ts";
import type { SentMail } from "../../../local/emulators/mailbox.ts";

const rule: EventRule = {
  functionId: "hear",
  pattern: {
    source: ["aws.ses"],
    "detail-type": ["Email Sent", "Email Bounced"],
    detail: { mail: { tags: { "ses:configuration-set": ["ours"] } } },
  },
  retryAttempts: 2,
};

/** A mailbox that outlives the buses that listen to it, as the file does. */
function mails() {
  const sent: SentMail[] = [];
  const listeners: (() => void)[] = [];
  return {
    count: () => sent.length,
    mailAt: (index: number): SentMail => sent[index] as SentMail,
    onSent: (listener: () => void) => void listeners.push(listener),
    send(messageId: string, to = "a@example.com", configurationSet = "ours") {
      const mail = { from: "us@example.com", replyTo: [], subject: "s", text: "t", html: null, tags: {} };
      sent.push({ ...mail, messageId, to, configurationSet, sentAt: "2030-01-01T00:00:00.000Z" });
      for (const listener of listeners) listener();
    },
  };
}

const started: EventBus[] = [];
afterEach(() => Promise.all(started.splice(0).map((bus) => bus.stop())));

function begin(
  mailbox: ReturnType<typeof mails>,
  invoke: (id: string, event: BusEvent) => Promise<unknown>,
  options: { file?: string; rules?: EventRule[]; lanes?: number; retryMs?: number } = {},
) {
  const { file = join(mkdtempSync(join(tmpdir(), "bus-")), "mail-events.json"), rules = [rule] } = options;
  const givenUp: string[] = [];
  const reports: string[] = [];
  const bus = startEventBus({
    mailbox,
    rules,
    invoke,
    checkpointFile: file,
    giveUp: (event, id, reason) => givenUp.push(`${id} ${nameOf(event)}: ${reason}`),
    report: (problem) => reports.push(problem),
    pace: { retryMs: options.retryMs ?? 1, saveMs: 1, lanes: options.lanes ?? 8 },
  });
  started.push(bus);
  return { ...bus, file, givenUp, reports };
}
/** Ends a bus as a kill does: it never hears of it. */
const kill = () => void started.pop();
const nameOf = (event: BusEvent) => `${event.detail.eventType} ${String(event.detail.mail["messageId"])}`;

describe("events of mails", () => {
  test("reach the functions whose rules they match, in the order of the mail", async () => {
    const mailbox = mails();
    const heard: string[] = [];
    const invoke = async (id: string, event: BusEvent) => heard.push(`${id} ${nameOf(event)}`);
    const sends: EventRule = { functionId: "count", pattern: { detail: { eventType: ["Send"] } }, retryAttempts: 0 };
    const { caughtUp } = begin(mailbox, invoke, { rules: [rule, sends] });
    mailbox.send("1", "bounce@simulator.amazonses.com");
    expect(await caughtUp()).toBe(3);
    expect(heard).toEqual(["hear Send 1", "count Send 1", "hear Bounce 1"]);
    mailbox.send("2", "complaint@simulator.amazonses.com", "theirs");
    expect(await caughtUp()).toBe(4);
    expect(heard.at(-1)).toBe("count Send 2");
  });

  test("that were not delivered before a kill are delivered at the next start, and the others are not", async () => {
    const mailbox = mails();
    const heard: string[] = [];
    const first = begin(mailbox, async (_id, event) =>
      nameOf(event) === "Send 1" ? heard.push(nameOf(event)) : new Promise(() => undefined),
    );
    mailbox.send("1");
    await first.caughtUp();
    mailbox.send("2");
    mailbox.send("3");
    while (!readCheckpoint(first.file)?.includes("1")) await sleep(1);
    kill();
    mailbox.send("4"); // the answer was never heard
    const second = begin(mailbox, async (_id, event) => heard.push(nameOf(event)), { file: first.file });
    await second.caughtUp();
    expect(heard).toEqual(["Send 1", "Send 2", "Send 3", "Send 4"]);
    await second.stop();
    const third = begin(mailbox, async (_id, event) => heard.push(nameOf(event)), { file: first.file });
    expect(await third.caughtUp()).toBe(0);
  });

  test("that are under way when a later mail is through are not forgotten", async () => {
    const mailbox = mails();
    const first = begin(mailbox, async (_id, event) => {
      if (nameOf(event) === "Send 1") await new Promise(() => undefined);
    });
    mailbox.send("1");
    mailbox.send("2");
    await sleep(20);
    kill();
    const heard: string[] = [];
    await begin(mailbox, async (_id, event) => heard.push(nameOf(event)), { file: first.file }).caughtUp();
    expect(heard).toEqual(["Send 1", "Send 2"]);
  });

  test("are tried again where the function fails, while those of other mails go on", async () => {
    const mailbox = mails();
    const heard: string[] = [];
    let failures = 0;
    const { caughtUp, givenUp } = begin(mailbox, async (_id, event) => {
      if (nameOf(event) === "Send 1" && ++failures <= 2) throw new Error("not yet");
      heard.push(nameOf(event));
    });
    mailbox.send("1");
    mailbox.send("2");
    await caughtUp();
    expect(heard).toEqual(["Send 2", "Send 1"]);
    expect(givenUp).toEqual([]);
  });

  test("are given up after the tries that the function is given, and are over with", async () => {
    const mailbox = mails();
    let tries = 0;
    const invoke = async () => {
      tries += 1;
      throw new Error("broken");
    };
    const first = begin(mailbox, invoke);
    mailbox.send("1");
    await first.caughtUp();
    expect(tries).toBe(3);
    expect(first.givenUp).toEqual(["hear Send 1: broken"]);
    expect(first.reports).toHaveLength(1);
    await first.stop();
    await begin(mailbox, invoke, { file: first.file }).caughtUp();
    expect(tries).toBe(3);
  });

  test("do not hold up the end while they wait to be tried again, and come at the next start", async () => {
    const mailbox = mails();
    const first = begin(mailbox, () => Promise.reject(new Error("broken")), { retryMs: 60_000 });
    mailbox.send("1");
    await sleep(10);
    await first.stop();
    expect(first.givenUp).toEqual([]);
    const heard: string[] = [];
    await begin(mailbox, async (_id, event) => heard.push(nameOf(event)), { file: first.file }).caughtUp();
    expect(heard).toEqual(["Send 1"]);
  });

  test("are delivered for several mails at a time, and for no more than that", async () => {
    const mailbox = mails();
    let running = 0;
    let most = 0;
    const { caughtUp } = begin(
      mailbox,
      async () => {
        most = Math.max(most, ++running);
        await sleep(2);
        running -= 1;
      },
      { lanes: 3 },
    );
    for (let mail = 0; mail < 20; mail++) mailbox.send(String(mail));
    expect(await caughtUp()).toBe(20);
    expect(most).toBe(3);
  });

  test("are delivered again where nobody can tell how far they were, and from the start where the mails were deleted", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "bus-")), "mail-events.json");
    const heard: string[] = [];
    const invoke = async (_id: string, event: BusEvent) => heard.push(nameOf(event));
    writeFileSync(file, "{");
    const mailbox = mails();
    mailbox.send("1");
    const first = begin(mailbox, invoke, { file });
    await first.caughtUp();
    expect(first.reports[0]).toContain("damaged");
    await first.stop();

    const emptied = mails();
    const second = begin(emptied, invoke, { file });
    emptied.send("2");
    await second.caughtUp();
    expect(heard).toEqual(["Send 1", "Send 2"]);
  });
});

const readCheckpoint = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
};
