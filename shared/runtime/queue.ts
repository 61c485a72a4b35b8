import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { env } from "./env.ts";
import { tellCalls } from "./aws-calls.ts";

/** What could not be handed on to a consumer. */
export interface Parked {
  /** The consumer's id; null: several. */
  consumer: string | null;
  reason: string;
  /** The event, or of one that is too large its keys, as JSON. */
  payload: string;
}

const { FAILURES_QUEUE_URL, AWS_LOCAL_ENDPOINT } = env();

const sqs = tellCalls(
  new SQSClient({
    ...(AWS_LOCAL_ENDPOINT !== undefined && { endpoint: AWS_LOCAL_ENDPOINT }),
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  }),
);

/**
 * The body of a message: the event as it is, not as text in text, which would be larger than a message may be. JSON escapes all characters
 * that SQS refuses, except for two.
 */
const bodyOf = ({ consumer, reason, payload }: Parked): string =>
  `{"consumer":${JSON.stringify(consumer)},"reason":${JSON.stringify(reason)},"event":${payload}}`
    .replaceAll("\uFFFE", "\\ufffe")
    .replaceAll("\uFFFF", "\\uffff");

/** Puts an event into the dead-letter queue. Resolves once the queue has accepted it. */
export const parkEvent = async (parked: Parked): Promise<void> => {
  await sqs.send(new SendMessageCommand({ QueueUrl: FAILURES_QUEUE_URL, MessageBody: bodyOf(parked) }));
};
