import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { createRateLimiter, type RateLimiter } from "../store/rate.ts";
import { type Clock, systemClock } from "./clock.ts";
import { createDynamoClient } from "./dynamo.ts";
import { type Env, env } from "./env.ts";
import { createIdSource, type IdSource } from "./ids.ts";
import { createLogger, type Logger } from "./log.ts";

/** What a warm function keeps between invocations. */
export interface FunctionRuntime {
  env: Env;
  client: DynamoDBDocumentClient;
  logger: Logger;
  clock: Clock;
  ids: IdSource;
  takeRequest: RateLimiter;
}

const create = (environment: Env): FunctionRuntime => ({
  env: environment,
  client: createDynamoClient(environment.DYNAMODB_ENDPOINT),
  logger: createLogger("tenantry", environment.LOG_LEVEL),
  clock: systemClock,
  ids: createIdSource(),
  takeRequest: createRateLimiter(environment.RATE_LIMIT_PER_MINUTE),
});

/** Made once, when the function starts: a function with an incomplete environment does not start. */
export const runtime: FunctionRuntime = create(env());
