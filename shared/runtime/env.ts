import * as z from "zod";
import { StoragePlan } from "../domain/terms/storage-plan.ts";

/** What every function finds in its environment. CDK types the functions' `environment` by this schema; functions parse it at start. */
export const FunctionEnv = z.object({
  TABLE_NAME: z.string().min(3),
  STAGE: z.string().min(1),
  LOG_LEVEL: z.enum(["DEBUG", "INFO", "WARN", "ERROR"]),
  /** Requests a minute and credential. */
  RATE_LIMIT_PER_MINUTE: z.coerce.number().int().positive(),
  /** Address that mails come from; empty: this installation sends none. */
  MAIL_FROM: z.union([z.literal(""), z.email()]),
  /** The SES configuration set under which mails are sent, so that events tell what becomes of them. */
  MAIL_CONFIGURATION_SET: z.string().min(1),
  /** Mails a second that the installation may send (the quota of its SES account). */
  MAIL_RATE_PER_SECOND: z.coerce.number().int().positive(),
  /** Where people reach the API, without a slash at its end; empty where it has no name of its own. Mails link to it. */
  PUBLIC_URL: z.union([z.literal(""), z.url()]),
  /** The AWS account, of which names of buckets and roles are made. */
  ACCOUNT_ID: z.string().min(1),
  /** The storage locations that the stage opens, as JSON. */
  STORAGE_LOCATIONS: z.string().transform((text) => StoragePlan.shape.locations.parse(JSON.parse(text))),
  /** ARN of the KMS key that seals secrets on their way to a mail. */
  SEAL_KEY_ID: z.string().min(1),
});

/** What Lambda itself sets. */
const LambdaEnv = z.object({
  /** The folder of the function's bundle. */
  LAMBDA_TASK_ROOT: z.string().default("/var/task"),
});

/** What only the relay has. */
export const RelayEnv = z.object({
  /** The queue for what cannot be handed on. */
  FAILURES_QUEUE_URL: z.string(),
});
export type RelayEnv = z.infer<typeof RelayEnv>;

/** What only functions have that answer requests, where the console's distribution stands in front of the API. */
export const EdgeEnv = z.object({
  /** What the distribution proves itself by. */
  EDGE_SECRET: z.string().min(32),
});
export type EdgeEnv = z.infer<typeof EdgeEnv>;

/** Headers of a request that comes by way of the console's distribution. */
export const edgeHeaders = {
  /** What only the distribution knows; it sets it itself, whatever a client sends. */
  secret: "x-tenantry-edge",
  /** The host that the client asked for, and the client's address; the distribution's function sets them, whatever a client sends. */
  host: "x-tenantry-host",
  viewer: "x-tenantry-viewer",
} as const;

/** What the local run adds. Absent in AWS. */
const LocalEnv = z.object({
  DYNAMODB_ENDPOINT: z.url().optional(),
  SES_ENDPOINT: z.url().optional(),
  S3_ENDPOINT: z.url().optional(),
  /** Where Lambda and SQS answer. */
  AWS_LOCAL_ENDPOINT: z.url().optional(),
  /** File with the 32 bytes that stand in for the KMS key. */
  SEAL_KEY_FILE: z.string().optional(),
  /** `true`: webhooks may call this machine, by http as well. */
  WEBHOOK_LOOPBACK: z.enum(["true", "false"]).default("false"),
  /** `true`: responses carry Server-Timing with round trips and capacity units. */
  SHOW_COSTS: z.enum(["true", "false"]).default("false"),
});

export type FunctionEnv = z.infer<typeof FunctionEnv>;

/** The environment of this function, parsed once. @throws z.ZodError where it is incomplete: the function must not start. */
export const env = (source: Record<string, string | undefined> = process.env) =>
  FunctionEnv.extend(LambdaEnv.shape)
    .extend(RelayEnv.partial().shape)
    .extend(EdgeEnv.partial().shape)
    .extend(LocalEnv.shape)
    .parse(source);
export type Env = ReturnType<typeof env>;
