import pMap from "p-map";
import * as z from "zod";
import type { Parked } from "../../runtime/queue.ts";
import { matchesAny } from "./filter.ts";
import type { Named, RelayedJob } from "./job.ts";

/** A record of the stream, as Lambda hands it over. The relay reads its number and its filter's fields, and passes the rest on unread. */
const StreamRecord = z
  .object({ eventName: z.string(), dynamodb: z.object({ SequenceNumber: z.string(), Keys: z.unknown() }).loose() })
  .loose();
type StreamRecord = z.infer<typeof StreamRecord>;
export const RelayEvent = z.object({ Records: z.array(StreamRecord) });

type Consumer = Pick<Named<RelayedJob>, "id" | "area" | "filters" | "batchSize">;

/** What the relay hands to one consumer in one invocation. */
export interface Handover {
  consumer: Consumer;
  records: StreamRecord[];
  /** The event as JSON. */
  payload: string;
}

/** AWS's limit for an asynchronous event is 1 MB. A batch stays below a quarter of it, a single record below the limit itself. */
export const batchBytes = 240_000;
export const recordBytes = 1_000_000;
/** Batches that are handed on side by side. */
const sideBySide = 10;

const payloadOf = (texts: readonly string[]): string => `{"Records":[${texts.join(",")}]}`;

/** The batches that each consumer gets of some records, in their order; what is too large for any is left over. */
export function handovers(
  consumers: readonly Consumer[],
  records: readonly StreamRecord[],
): { batches: Handover[]; tooLarge: StreamRecord[] } {
  const texts = new Map(records.map((record) => [record, JSON.stringify(record)]));
  const bytesOf = (record: StreamRecord): number => Buffer.byteLength(texts.get(record) ?? "");
  const tooLarge = records.filter(
    (record) => bytesOf(record) > recordBytes && consumers.some(({ filters }) => matchesAny(filters, record)),
  );
  const batches = consumers.flatMap((consumer): Handover[] => {
    const made: StreamRecord[][] = [];
    let bytes = 0;
    for (const record of records) {
      if (!matchesAny(consumer.filters, record) || tooLarge.includes(record)) continue;
      const last = made.at(-1);
      const fits = last && last.length < consumer.batchSize && bytes + bytesOf(record) <= batchBytes;
      if (fits) last.push(record);
      else made.push([record]);
      bytes = (fits ? bytes : 0) + bytesOf(record);
    }
    return made.map((of) => ({
      consumer,
      records: of,
      payload: payloadOf(of.map((record) => texts.get(record) ?? "")),
    }));
  });
  return { batches, tooLarge };
}

/** How the relay reaches the consumers, and the queue for what it cannot hand on. */
export interface RelayPorts {
  /** Starts a function asynchronously. Resolves once AWS has accepted the event. */
  invoke: (consumer: Pick<Consumer, "id" | "area">, payload: string) => Promise<void>;
  /** Keeps what could not be handed on. Resolves once the queue has accepted it. */
  park: (parked: Parked) => Promise<void>;
  report: (message: string, about: Record<string, unknown>) => void;
}

/**
 * Hands each consumer the records that it asks for. A consumer that cannot be reached holds up no other: what is meant for it is put
 * into the dead-letter queue. Rejects only where something could be neither handed on nor put aside; then the batch has to come again.
 * @returns how many batches were handed on, and how many were put aside
 */
export async function relayRecords(
  consumers: readonly Consumer[],
  records: readonly StreamRecord[],
  { invoke, park, report }: RelayPorts,
): Promise<{ handedOn: number; parked: number }> {
  const { batches, tooLarge } = handovers(consumers, records);
  const lost: unknown[] = [];
  let parked = 0;
  const aside = async (content: Parked): Promise<void> => {
    try {
      await park(content);
      parked += 1;
    } catch (error) {
      lost.push(error);
    }
  };
  await pMap(
    batches,
    async ({ consumer, records: of, payload }) => {
      try {
        await invoke(consumer, payload);
      } catch (error) {
        const numbers = of.map(({ dynamodb }) => dynamodb.SequenceNumber);
        report("hand-over failed", { consumer: consumer.id, sequenceNumbers: numbers, error });
        await aside({ consumer: consumer.id, reason: nameOf(error), payload });
      }
    },
    { concurrency: sideBySide },
  );
  for (const { dynamodb } of tooLarge) {
    const { SequenceNumber, Keys } = dynamodb;
    report("hand-over failed", {
      sequenceNumbers: [SequenceNumber],
      error: "The record is larger than an event may be.",
    });
    await aside({ consumer: null, reason: "too large", payload: JSON.stringify({ SequenceNumber, Keys }) });
  }
  if (lost.length > 0)
    throw new AggregateError(lost, `${lost.length} batches could be neither handed on nor put aside.`);
  return { handedOn: batches.length + tooLarge.length - parked, parked };
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "unknown");
