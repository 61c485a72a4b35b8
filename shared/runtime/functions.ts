import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { tellCalls } from "./aws-calls.ts";
import { env } from "./env.ts";
import { functionName } from "./function-name.ts";

const { STAGE, AWS_LOCAL_ENDPOINT } = env();

const lambda = tellCalls(
  new LambdaClient({
    ...(AWS_LOCAL_ENDPOINT !== undefined && { endpoint: AWS_LOCAL_ENDPOINT }),
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  }),
);

/** Starts a function asynchronously. Resolves once Lambda has put the event into the function's queue. */
export async function startFunction(unit: { id: string; area: string }, payload: string): Promise<void> {
  const { StatusCode } = await lambda.send(
    new InvokeCommand({
      FunctionName: functionName(STAGE, unit),
      InvocationType: "Event",
      Payload: Buffer.from(payload),
    }),
  );
  if (StatusCode !== 202) throw new Error(`Lambda answered ${String(StatusCode)} to an asynchronous event.`);
}
