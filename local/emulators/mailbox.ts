import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes, randomUUID } from "node:crypto";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join, sep } from "node:path";
import * as z from "zod";
import { openLineFile } from "../machine/line-file.ts";
import { isRecord } from "../assembly/intrinsics.ts";
import { type MailOutage, outagesOf } from "./mail-outage.ts";

export interface SentMail {
  /** The id that SES gave it. */
  messageId: string;
  from: string;
  replyTo: string[];
  /** The recipients' addresses, joined by commas. */
  to: string;
  subject: string;
  text: string | null;
  html: string | null;
  sentAt: string;
  configurationSet: string | null;
  tags: Record<string, string>;
}

export interface Mailbox {
  /** Endpoint for the SES client, and address of the web page. */
  url: string;
  /** What was sent, newest first. */
  list(): SentMail[];
  /** How many were sent, and each by its place, oldest first. */
  count(): number;
  mailAt(index: number): SentMail;
  /** Has `listener` called after each mail that is sent. */
  onSent(listener: () => void): void;
  outage: MailOutage;
  stop(): Promise<void>;
}

/** A mail as the emulator keeps it. */
const Email = z
  .object({
    messageId: z.string(),
    from: z.string(),
    replyTo: z.array(z.string()).default([]),
    destination: z.object({ to: z.array(z.string()), cc: z.array(z.string()), bcc: z.array(z.string()) }).loose(),
    subject: z.string(),
    body: z.object({ text: z.string().optional(), html: z.string().optional() }),
    /** Seconds since the epoch. */
    at: z.number(),
  })
  .loose();
type Email = z.infer<typeof Email>;
const Line = z.object({
  sentAt: z.string(),
  configurationSet: z.string().optional(),
  tags: z.record(z.string(), z.string()).default({}),
  email: Email,
});
type Line = z.infer<typeof Line>;

interface EmulatorStore {
  saveEmail(email: Email): void;
  getStoreReadonly(): { emails: Email[] };
}
/** Mails that the web page of the mailbox shows, the newest; it has all of them in memory. */
const shownAtMost = 1_000;
type Emulator = (config: { host: string; port: number }) => Promise<Server>;

type EmulatorHandler = (request: { body: unknown }, response: unknown, next: unknown) => unknown;

/** Body of the version 1 request under way, which holds more than the emulator reads of it. */
const requests = new AsyncLocalStorage<Record<string, unknown>>();

/** `Destination.ToAddresses.member.1` and so on; of these the emulator keeps the first only. */
const members = (prefix: string): string[] =>
  Object.entries(requests.getStore() ?? {}).flatMap(([name, value]) =>
    name.startsWith(`${prefix}.member.`) && typeof value === "string" ? [value] : [],
  );

/** `Tags.member.1.Name` and `Tags.member.1.Value`, and so on. */
function tagsOfRequest(): Record<string, string> {
  const body = requests.getStore() ?? {};
  const tags: Record<string, string> = {};
  for (let index = 1; ; index++) {
    const [name, value] = [body[`Tags.member.${index}.Name`], body[`Tags.member.${index}.Value`]];
    if (typeof name !== "string" || typeof value !== "string") return tags;
    tags[name] = value;
  }
}

/** A mail with all its recipients. Those of a raw message may be given beside it, and then count instead of its headers. */
function withAllRecipients(email: Email): Email {
  const envelope = members("Destinations");
  if (envelope.length > 0) return { ...email, destination: { to: envelope, cc: [], bcc: [] } };
  const given = (kind: string, kept: string[]): string[] => {
    const all = members(`Destination.${kind}Addresses`);
    return all.length > 0 ? all : kept;
  };
  const { to, cc, bcc } = email.destination;
  return { ...email, destination: { to: given("To", to), cc: given("Cc", cc), bcc: given("Bcc", bcc) } };
}

/**
 * Loads the emulator afresh. Its store is a variable of one of its modules, so that two mailboxes in one process would otherwise share it.
 */
function loadEmulator(): { start: Emulator; store: EmulatorStore } {
  const require = createRequire(import.meta.url);
  const main = require.resolve("aws-ses-v2-local");
  const folder = dirname(main) + sep;
  for (const file of Object.keys(require.cache)) if (file.startsWith(folder)) delete require.cache[file];
  for (const name of ["sendEmail", "sendRawEmail"]) {
    const module = require(join(folder, "v1", `${name}.js`)) as { default: EmulatorHandler };
    const handle = module.default;
    module.default = (request, response, next) =>
      requests.run(isRecord(request.body) ? request.body : {}, () => handle(request, response, next));
  }
  // The emulator's own ids are so short that they repeat among some ten thousand mails.
  const ids = require(join(folder, "util.js")) as { getMessageId(): string };
  ids.getMessageId = () => `${randomBytes(8).toString("hex")}-${randomUUID()}-000000`;
  const { default: start } = require(main) as { default: Emulator };
  return { start, store: require(join(folder, "store.js")) as EmulatorStore };
}

/**
 * Starts the SES emulator with what was sent before. A mail is written to the disk before the sender hears that it was accepted,
 * so that none is lost when the process is killed.
 * @param file where the mails are kept, a JSON object a line
 * @param now the installation's clock
 */
export async function startMailbox(file: string, now: () => number): Promise<Mailbox> {
  const { start, store } = loadEmulator();
  const lines = openLineFile(file, (parsed) => Line.parse(parsed), shownAtMost);
  const save = store.saveEmail;
  const show = (email: Email): void => {
    save(email);
    const { emails } = store.getStoreReadonly();
    if (emails.length > shownAtMost) emails.splice(0, emails.length - shownAtMost);
  };
  const listeners: (() => void)[] = [];
  for (let index = Math.max(0, lines.count() - shownAtMost); index < lines.count(); index += 1)
    show(lines.at(index).email);
  // The emulator's handlers look the function up each time, so this is the one place that every mail passes.
  store.saveEmail = (email) => {
    const sentMs = now();
    const dated = { ...withAllRecipients(Email.parse(email)), at: Math.floor(sentMs / 1000) };
    const configurationSet = requests.getStore()?.ConfigurationSetName;
    const line: Line = {
      sentAt: new Date(sentMs).toISOString(),
      ...(typeof configurationSet === "string" && { configurationSet }),
      tags: tagsOfRequest(),
      email: dated,
    };
    lines.append(line);
    show(dated);
    for (const listener of listeners) listener();
  };
  const server = await start({ host: "127.0.0.1", port: 0 });
  // Some of the operations that it does not know it never answers.
  server.requestTimeout = 10_000;
  server.on("request", (_request, response) => {
    response.setTimeout(10_000, () => {
      response.writeHead(504).end();
      // An answer that comes later after all is for nobody.
      response.setHeader = () => response;
    });
  });
  const outage = outagesOf(server);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    list: () => lines.all().map(toMail).reverse(),
    count: () => lines.count(),
    mailAt: (index) => toMail(lines.at(index)),
    onSent: (listener) => void listeners.push(listener),
    outage,
    async stop() {
      await outage.set("down");
      lines.close();
    },
  };
}

/** `Ann <ann@example.com>, bob@example.com` as bare addresses. */
const addresses = (recipients: readonly string[]): string[] =>
  recipients.flatMap((recipient) => recipient.match(/[^\s<>,;"]+@[^\s<>,;"]+/g) ?? []);

function toMail({ email, sentAt, configurationSet, tags }: Line): SentMail {
  const { to, cc, bcc } = email.destination;
  return {
    messageId: email.messageId,
    from: email.from,
    replyTo: email.replyTo,
    to: addresses([...to, ...cc, ...bcc]).join(", "),
    subject: email.subject,
    text: email.body.text ?? null,
    html: email.body.html ?? null,
    sentAt,
    configurationSet: configurationSet ?? null,
    tags,
  };
}
