import type { DynamoDBBatchResponse } from "aws-lambda";
import * as z from "zod";
import { job } from "../../shared/http/invocation.ts";
import { logCopies, LogItem } from "../../shared/store/log.ts";
import { StreamEvent } from "../../shared/store/stream.ts";
import { jobs } from "../jobs.ts";

/**
 * Files each new log entry in the logs of the other customers of its chain. A record that comes twice writes the same copies again;
 * the first record that fails is named, and comes again with all behind it.
 */
export const handler = job(jobs.fileLogEntries.id, async (event, { db, logger }): Promise<DynamoDBBatchResponse> => {
  const { Records } = StreamEvent.parse(event);
  for (const { dynamodb } of Records) {
    try {
      const item = LogItem.extend({ kind: z.literal("log") }).safeParse(dynamodb.NewImage);
      if (!item.success) continue;
      await db.putAll(logCopies(item.data));
    } catch (error) {
      logger.warn("log entry not filed", {
        sequenceNumber: dynamodb.SequenceNumber,
        error: error instanceof Error ? error : String(error),
      });
      return { batchItemFailures: [{ itemIdentifier: dynamodb.SequenceNumber }] };
    }
  }
  return { batchItemFailures: [] };
});
