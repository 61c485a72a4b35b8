import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll } from "vitest";
import { type Mailbox, type SentMail, startMailbox } from "../../../local/emulators/mailbox.ts";
import type { CallOptions, Reply } from "../../support/api.ts";
import { lone } from "../../model/invariants.ts";
import { type Book, openBook } from "./book.ts";

type Body = Reply["body"];
type Image = Record<string, unknown>;

/** A password that nothing is wrong with. */
export const goodPassword = "nobody guesses this one";

/** A book of business with accounts, and with what brings their mails to a mailbox. */
export interface Post extends Book {
  mailbox: Mailbox;
  /** Milliseconds since the epoch, by the clock of the handlers. */
  now: () => number;
  freshLogin: () => string;
  freshAddress: () => string;
  /** The body of a create for a customer that there is: a parent account on the plan `select`, with a password and a contact of its own. */
  accountInput: (customerId: string, more?: object) => Body;
  tryAccount: (customerId: string, more?: object, options?: CallOptions) => Promise<Reply>;
  account: (customerId: string, more?: object, options?: CallOptions) => Promise<Body>;
  subAccount: (parentAccountId: string, more?: object) => Promise<Body>;
  /** A mail as the stream shows it. */
  imageOf: (mailId: string) => Promise<Image>;
  /** Hands images of mails to the consumer of the stream. */
  consume: (...images: readonly Image[]) => Promise<void>;
  deliver: (...mailIds: readonly string[]) => Promise<void>;
  /** One run of the schedule. */
  sweep: () => Promise<Record<"accepted" | "postponed" | "settled" | "left", number>>;
  mail: (id: string) => Promise<Body>;
  /** The item of a mail. */
  mailItem: (id: string) => Promise<Body>;
  /** Sets attributes of a mail by hand. */
  setMail: (id: string, set: Record<string, unknown>) => Promise<void>;
  /** Mails that came to the mailbox for an id of ours. */
  arrived: (mailId: string) => SentMail[];
  /** Tells the app what became of a mail, as SES does. */
  tell: (mailId: string, type: string, more?: object) => Promise<unknown>;
  /** Names of the calls to the table that some work makes. */
  callsDuring: (work: () => Promise<unknown>) => Promise<string[]>;
  /** The temporary password that a mail brought. */
  passwordIn: (mailId: string) => string;
}

/** Opens a book whose mails go to a mailbox of its own. One per test file. */
export async function openPost(environment: Record<string, string> = {}): Promise<Post> {
  const now = (): number => Date.now() + Number(process.env["TENANTRY_CLOCK_OFFSET_MS"] ?? 0);
  const mailbox = await startMailbox(join(mkdtempSync(join(tmpdir(), "post-")), "mail.jsonl"), now);
  afterAll(() => mailbox.stop());
  const settings = { rateLimit: 1_000_000, environment: { SES_ENDPOINT: mailbox.url, ...environment } };
  const book = await openBook(settings);
  const { client, documents, tableName: TableName } = book.table;
  let serial = 0;

  const accountInput: Post["accountInput"] = (customerId, more = {}) => ({
    customerId,
    plan: "select",
    username: post.freshLogin(),
    password: goodPassword,
    contact: { name: "Ann", email: post.freshAddress() },
    ...more,
  });
  const imageOf: Post["imageOf"] = async (id) => {
    const Key = { pk: { S: `MAIL#${id}` }, sk: { S: "@" } };
    const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    if (!Item) throw new Error(`There is no mail ${id}.`);
    return Item;
  };
  const consume: Post["consume"] = (...images) =>
    book.invoke("functions/stream/send-mail.ts", {
      Records: images.map((NewImage, index) => ({
        eventName: "INSERT",
        dynamodb: { SequenceNumber: `${index + 1}00`, NewImage },
      })),
    }) as ReturnType<Post["consume"]>;
  const arrived = (mailId: string): SentMail[] => mailbox.list().filter(({ tags }) => tags["mail"] === mailId);
  const post: Post = Object.assign(book, {
    mailbox,
    now,
    freshLogin: () => `login.${(serial += 1)}`,
    freshAddress: () => `user.${(serial += 1)}@example.com`,
    accountInput,
    tryAccount: (customerId: string, more?: object, options?: CallOptions) =>
      book.call("createAccount", { body: accountInput(customerId, more) }, options),
    account: (customerId: string, more?: object, options?: CallOptions) =>
      book.ok("createAccount", { body: accountInput(customerId, more) }, options),
    subAccount: (parentAccountId: string, more: object = {}) =>
      book.ok("createAccount", {
        body: { parentAccountId, username: post.freshLogin(), password: goodPassword, ...more },
      }),
    imageOf,
    consume,
    async deliver(...mailIds: readonly string[]) {
      await consume(...(await Promise.all(mailIds.map(imageOf))));
    },
    sweep: () => book.invoke("functions/schedule/sweep-mail.ts", {}) as ReturnType<Post["sweep"]>,
    mail: (id: string) => book.ok("getMail", { params: { id } }),
    async mailItem(id: string) {
      const [item] = await lone(book.table, [`MAIL#${id}`]);
      return item;
    },
    async setMail(id: string, set: Record<string, unknown>) {
      const entries = Object.entries(set);
      await documents.send(
        new UpdateCommand({
          TableName,
          Key: { pk: `MAIL#${id}`, sk: "@" },
          UpdateExpression: `SET ${entries.map((_, index) => `#n${index} = :v${index}`).join(", ")}`,
          ExpressionAttributeNames: Object.fromEntries(entries.map(([name], index) => [`#n${index}`, name])),
          ExpressionAttributeValues: Object.fromEntries(entries.map(([, value], index) => [`:v${index}`, value])),
        }),
      );
    },
    arrived,
    tell: (mailId: string, type: string, more: object = {}) =>
      book.invoke("functions/events/record-mail-events.ts", {
        "detail-type": type,
        detail: { mail: { messageId: `told-of-${mailId}`, tags: { mail: [mailId] } }, ...more },
      }),
    async callsDuring(work: () => Promise<unknown>) {
      const calls: string[] = [];
      const stack = book.runtime.client.middlewareStack;
      stack.add(
        (next, context) => (args) => {
          // What has been refused is noted beside the answer, and nobody waits for it.
          const notes =
            context["commandName"] === "UpdateItemCommand" && JSON.stringify(args.input).includes("ACCESS#");
          if (!notes) calls.push(String(context["commandName"]));
          return next(args);
        },
        { step: "initialize", name: "callsDuring" },
      );
      await work().finally(() => stack.remove("callsDuring"));
      return calls;
    },
    passwordIn(mailId: string) {
      const [, password] = /Temporary password: (\S+)/.exec(arrived(mailId)[0]?.text ?? "") ?? [];
      if (password === undefined) throw new Error(`No mail ${mailId} with a temporary password has come.`);
      return password;
    },
  });
  return post;
}
