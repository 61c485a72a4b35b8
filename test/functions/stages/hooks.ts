import { Webhook } from "standardwebhooks";
import { afterAll, vi } from "vitest";
import { openTableStream, type TableRecord } from "../../fleet/table-stream.ts";
import type { Reply } from "../../support/api.ts";
import { openPost, type Post } from "./post.ts";
import type { Received } from "./receiver.ts";

type Body = Reply["body"];

const kindOf = ({ dynamodb }: TableRecord): string | undefined => dynamodb.NewImage?.["kind"]?.S;
/** What the filters of the consumers let through. */
export const logsOf = (records: readonly TableRecord[]): TableRecord[] =>
  records.filter((record) => record.eventName === "INSERT" && kindOf(record) === "log");
export const wokenOf = (records: readonly TableRecord[]): TableRecord[] =>
  records.filter(
    (record) =>
      record.eventName !== "REMOVE" &&
      kindOf(record) === "event-lane" &&
      record.dynamodb.NewImage?.["wake"]?.S === "run",
  );

/** A book of business whose events reach receivers on this machine. */
export interface Hooks extends Post {
  stream: Awaited<ReturnType<typeof openTableStream>>;
  /** Hands all that was committed to the consumers of events, and what they commit in their turn. */
  flow: () => Promise<void>;
  file: (records: readonly TableRecord[]) => Promise<unknown>;
  handOn: (records: readonly TableRecord[]) => Promise<unknown>;
  /** One run of the schedule, and what follows from it. */
  sweepEvents: () => Promise<void>;
  hook: (customerId: string, url: string, more?: object) => Promise<Body>;
  deliveries: (handlerId: string) => Promise<Body[]>;
  /** What a call says, once the library has verified its signature, at the time at which it came. */
  verified: (request: Received, secret: string) => Body;
}

/** Opens such a book. One per test file. */
export async function openHooks(environment: Record<string, string> = {}): Promise<Hooks> {
  const post = await openPost({ WEBHOOK_LOOPBACK: "true", ...environment });
  const stream = await openTableStream(post.table);
  afterAll(() => stream.close());
  const bring = async (file: string, records: readonly TableRecord[], size: number): Promise<void> => {
    for (let start = 0; start < records.length; start += size)
      await post.invoke(file, { Records: structuredClone(records.slice(start, start + size)) });
  };
  const file = (records: readonly TableRecord[]) => bring("functions/stream/file-log-entries.ts", logsOf(records), 100);
  const handOn = (records: readonly TableRecord[]) => bring("functions/stream/deliver-events.ts", wokenOf(records), 10);
  const flow = async (): Promise<void> => {
    for (let records = await stream.next(); ; records = await stream.next()) {
      await file(records);
      await handOn(records);
      if (logsOf(records).length + wokenOf(records).length === 0) return;
    }
  };
  return Object.assign(post, {
    stream,
    flow,
    file,
    handOn,
    async sweepEvents() {
      await post.invoke("functions/schedule/sweep-events.ts", {});
      await flow();
    },
    hook: (customerId: string, url: string, more: object = {}) =>
      post.ok("createEventHandler", {
        body: { customerId, name: "Receiver", action: { kind: "webhook", url }, ...more },
      }),
    deliveries: async (id: string) =>
      (await post.ok("listHandlerDeliveries", { params: { id }, query: { limit: "200" } })).items,
    verified({ headers, text, at }: Received, secret: string) {
      const now = vi.spyOn(Date, "now").mockReturnValue(at);
      try {
        return new Webhook(secret).verify(text, headers as Record<string, string>);
      } finally {
        now.mockRestore();
      }
    },
  }) as Hooks;
}
