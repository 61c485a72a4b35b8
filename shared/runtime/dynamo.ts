import { AsyncLocalStorage } from "node:async_hooks";
import { channel } from "node:diagnostics_channel";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Meter } from "../store/table/units.ts";

const awsCalls = channel("tenantry:aws-call");
const meters = new AsyncLocalStorage<Meter>();

/** Runs the work of one request: every call to the table within it is counted by `meter`. */
export const metered = <T>(meter: Meter, work: () => Promise<T>): Promise<T> => meters.run(meter, work);

/**
 * The table's client, one per function and kept warm. Time-outs are short: a caller rather gets a retry than waits. The meter
 * of the request counts every attempt that goes out, retries of the SDK included; each is also published on the diagnostics
 * channel `tenantry:aws-call`, where nobody listens in AWS.
 */
export function createDynamoClient(endpoint: string | undefined): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    ...(endpoint !== undefined && { endpoint }),
    // Even when every attempt of every round trip times out, the caller gets an answer before the function's own time is up.
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
  // It copies the input and output of each call for a logger that is not there, which costs a few per cent of the time of a call.
  client.middlewareStack.remove("loggerMiddleware");
  client.middlewareStack.add(
    (next, context) => (args) => {
      awsCalls.publish({ command: context["commandName"], input: args.input });
      const meter = meters.getStore();
      return meter ? meter.trip(() => next(args)) : next(args);
    },
    { step: "finalizeRequest", priority: "low", name: "countRoundTrips" },
  );
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
