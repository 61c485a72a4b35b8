import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import {
  type BranchLimiter,
  createBranchLimiter,
  createLocalLimiter,
  createRateLimiter,
  type RateLimiter,
} from "../store/access/rate.ts";
import { type Clock, systemClock } from "./clock.ts";
import { createDynamoClient } from "./dynamo.ts";
import { type Env, env } from "./env.ts";
import { createIdSource, type IdSource } from "./ids.ts";
import { createLogger, type Logger } from "./log.ts";

/** What a device may ask of what a program may. One that asks more often is out of order. */
const deviceShare = 1 / 50;

/** What a warm function keeps between invocations. */
export interface FunctionRuntime {
  env: Env;
  client: DynamoDBDocumentClient;
  logger: Logger;
  clock: Clock;
  ids: IdSource;
  takeRequest: RateLimiter;
  /** The same for all credentials of a branch together. */
  takeBranchRequest: BranchLimiter;
  /** The same for devices, counted by this function alone. */
  takeDeviceRequest: RateLimiter;
}

const create = (environment: Env): FunctionRuntime => ({
  env: environment,
  client: createDynamoClient(environment.DYNAMODB_ENDPOINT),
  logger: createLogger("tenantry", environment.LOG_LEVEL),
  clock: systemClock,
  ids: createIdSource(),
  takeRequest: createRateLimiter(environment.RATE_LIMIT_PER_MINUTE),
  takeBranchRequest: createBranchLimiter(environment.RATE_LIMIT_PER_MINUTE),
  takeDeviceRequest: createLocalLimiter(Math.ceil(environment.RATE_LIMIT_PER_MINUTE * deviceShare)),
});

/** Made once, when the function starts: a function with an incomplete environment does not start. */
export const runtime: FunctionRuntime = create(env());
