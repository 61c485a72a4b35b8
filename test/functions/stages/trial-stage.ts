import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Reply } from "../../support/api.ts";
import { LogItem } from "../../../shared/store/access/log-items.ts";
import { suppressAddress } from "../../../shared/store/mail/addresses.ts";
import { dump } from "../../model/invariants.ts";
import { openPost, type Post } from "./post.ts";

type Body = Reply["body"];
/** What a sweep says that it did with timers of one kind. */
interface Swept {
  done: number;
  left: number;
}

/** A book of business whose trials come to their end. */
export interface TrialStage extends Post {
  resellerId: string;
  /** Sets the clock to a time, or a moment after it. */
  goTo: (at: string | number, afterMs?: number) => void;
  sweepTrials: () => Promise<{ notices: Swept; ends: Swept }>;
  sweepAccountTrials: () => Promise<{ ends: Swept; deletions: Swept }>;
  /** All mails of some templates that wait in the outbox, oldest first. */
  mailsOf: (...templates: readonly string[]) => Promise<Body[]>;
  /** Mails about the trial of a customer: for whom and what, oldest first. */
  toldOf: (customer: { name: string }) => Promise<string[]>;
  /** Entries of one type that the log holds about one thing. */
  logged: (nodeId: string, type: string) => Promise<Body[]>;
  settings: (customerId: string, body: object) => Promise<Body>;
  item: (pk: string, sk?: string) => Promise<Body>;
  suppress: (address: string) => Promise<void>;
}

/** Opens a book with a reseller. One per test file. */
export async function openTrialStage(): Promise<TrialStage> {
  const post = await openPost();
  const { documents, tableName: TableName } = post.table;
  const seller = { level: "reseller", email: "seller@example.com" };
  const { id: resellerId } = await post.create(post.provider.id, seller);
  const mailsOf: TrialStage["mailsOf"] = async (...templates) => {
    const mails: Body[] = (await dump(post.table)).filter(({ kind }) => kind === "mail");
    return mails
      .filter(({ matter }) => templates.includes(matter.template))
      .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  };
  return Object.assign(post, {
    resellerId,
    goTo: (at: string | number, afterMs = 1) =>
      post.advance((typeof at === "string" ? Date.parse(at) : at) + afterMs - post.now()),
    sweepTrials: () => post.invoke("functions/schedule/sweep-trials.ts", {}) as ReturnType<TrialStage["sweepTrials"]>,
    sweepAccountTrials: () =>
      post.invoke("functions/schedule/sweep-account-trials.ts", {}) as ReturnType<TrialStage["sweepAccountTrials"]>,
    mailsOf,
    async toldOf({ name }: { name: string }) {
      const mails = await mailsOf("trial-notice", "trial-ended");
      return mails
        .filter(({ matter }) => matter.customer === name)
        .map(({ to, matter }) => {
          const what =
            matter.template === "trial-notice" ? `${matter.daysLeft} days` : matter.early ? "early" : "ended";
          return `${matter.audience} ${to.address}: ${what}`;
        });
    },
    async logged(nodeId: string, type: string) {
      const items = (await dump(post.table)).filter(({ kind }) => kind === "log");
      const entries: Body[] = items.map((item) => LogItem.parse(item).entry);
      return entries.filter((entry) => entry.node.id === nodeId && entry.type === type);
    },
    settings: (id: string, body: object) => post.ok("updateSettings", { params: { id }, body }),
    async item(pk: string, sk = "@") {
      return (await documents.send(new GetCommand({ TableName, Key: { pk, sk }, ConsistentRead: true }))).Item;
    },
    async suppress(address: string) {
      const { item } = suppressAddress(address, { reason: "bounced", at: new Date(post.now()).toISOString() });
      await documents.send(new PutCommand({ TableName, Item: item }));
    },
  });
}
