import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import * as z from "zod";
import { everyLocation, StoragePlan } from "../shared/domain/terms/storage-plan.ts";
import { FunctionEnv } from "../shared/runtime/env.ts";

/** The stage that runs on one machine and is never deployed. */
export const localStage = "local";

const StageName = z.string().regex(/^[a-z][a-z0-9-]{0,11}$/, {
  error: "a stage is named by up to 12 lower-case letters, digits and hyphens, beginning with a letter",
});

/** How an installation sends mail, by Amazon SES in its own region. */
const MailSettings = z.strictObject({
  /** Address that mails come from. In lower case, as policies compare it letter by letter. */
  from: z.email().toLowerCase(),
  /** Mails a second: the quota of the SES account. */
  ratePerSecond: z.number().int().positive().default(14),
  /** `existing`: the address or its domain is verified already, and stays somebody else's to manage. */
  identity: z.enum(["create", "existing"]).default("create"),
});
export type MailSettings = z.infer<typeof MailSettings>;

/** Where the data of all-inclusive customers are kept. */
const StorageSettings = z.strictObject({
  /** The locations that the stage opens, each with what is out of the ordinary about it. Their regions are deployed too. */
  locations: StoragePlan.shape.locations.default({}),
  /** Keeps every version from being deleted for some days, whoever asks for it: also from a purge that the law may demand. */
  objectLock: z
    .strictObject({ mode: z.enum(["GOVERNANCE", "COMPLIANCE"]), days: z.number().int().positive().max(36_500) })
    .optional(),
  /** How long a version that was overwritten or deleted is kept. */
  oldVersionDays: z.number().int().positive().default(30),
});
export type StorageSettings = z.infer<typeof StorageSettings>;

/** A name of one's own. Without a zone the DNS record is yours to make. */
const DomainSettings = z.strictObject({
  name: z.hostname(),
  certificateArn: z.string().startsWith("arn:"),
  hostedZone: z.strictObject({ id: z.string().min(1), name: z.hostname() }).optional(),
});
export type DomainSettings = z.infer<typeof DomainSettings>;

/** The web console: static pages, with the API at the same address. */
const ConsoleSettings = z.strictObject({
  /** The name that people open. CloudFront takes certificates of us-east-1 only. */
  domain: DomainSettings.extend({
    certificateArn: z.string().regex(/^arn:[\w-]+:acm:us-east-1:/, {
      error: "must be a certificate of us-east-1, where CloudFront looks for it",
    }),
  }).optional(),
});

/** What can be chosen for one deployment. Everything has a default, so an empty file deploys too. */
export const StageSettings = z.strictObject({
  /** AWS account and region; by default those of the credentials that deploy. */
  account: z
    .string()
    .regex(/^\d{12}$/)
    .optional(),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/)
    .optional(),
  /** The API's own name. Its certificate stands in the same region. */
  domain: DomainSettings.optional(),
  /** `false`: no web console. Without a name of its own it has one of CloudFront's, which mails cannot link to. */
  console: z.union([z.literal(false), ConsoleSettings]).default({}),
  /** Without it the installation sends no mail, and says so where one would be needed. */
  mail: MailSettings.optional(),
  /** Without locations no all-inclusive customer can be created. */
  storage: StorageSettings.default({ locations: {}, oldVersionDays: 30 }),
  /** Who is told of alarms. Without it the alarms exist but tell nobody. */
  alarmEmail: z.email().optional(),
  /** Requests a minute and credential. All credentials of a branch together have a multiple of it. */
  rateLimitPerMinute: z.number().int().positive().default(6_000),
  /** Requests a second that the gateway lets through for the whole installation, so that a flood cannot use up the account's functions. */
  requestsPerSecond: z.number().int().positive().default(1_000),
  /**
   * Instances that are kept for functions which must answer whatever else the account runs: the answer to a device that asks whether it may
   * back up, the relay, and the sums of usage. Nothing by default: an account begins with a limit of 10 and would refuse to keep any.
   */
  reservedConcurrency: z
    .strictObject({
      authorizeBackup: z.number().int().positive().optional(),
      relay: z.number().int().positive().optional(),
      rollUp: z.number().int().positive().optional(),
    })
    .optional(),
  /**
   * Requests a second that the gateway lets through to each operation that needs no credential, so that a flood of those leaves room for all
   * others.
   */
  publicRequestsPerSecond: z.number().int().positive().default(50),
  logLevel: FunctionEnv.shape.LOG_LEVEL.default("INFO"),
  logRetentionDays: z.enum(RetentionDays).default(RetentionDays.THREE_MONTHS),
  /** Another table than `tenantry-<stage>`: one that was restored from a backup. */
  tableName: z
    .string()
    .regex(/^[\w.-]{3,255}$/)
    .optional(),
});
export type StageSettings = z.infer<typeof StageSettings>;

export type StageConfig = Omit<StageSettings, "tableName"> & { stage: string; tableName: string };

const ConfigFile = z.strictObject({ stages: z.record(StageName, z.record(z.string(), z.unknown())) });

/** What differs from the general defaults in some stage. A machine of one's own need not be protected from its owner. */
const stageDefaults: Record<string, Partial<StageSettings>> = {
  [localStage]: {
    rateLimitPerMinute: 100_000,
    // The run on one machine serves it itself.
    console: false,
    mail: { from: "backup@tenantry.example", ratePerSecond: 200, identity: "create" },
    storage: { locations: everyLocation(), oldVersionDays: 30 },
  },
};

/**
 * The configuration of one stage.
 * @param file the content of `tenantry.config.json`, if there is one: `{ "stages": { "<stage>": StageSettings } }`
 * @throws z.ZodError where any stage of the file is wrong; Error where the file does not name the stage, for that is a typing error and would
 * deploy a second installation
 */
export function stageConfig(stage: string, file?: unknown): StageConfig {
  StageName.parse(stage);
  const written = file === undefined ? {} : ConfigFile.parse(file).stages;
  if (file !== undefined && stage !== localStage && !Object.hasOwn(written, stage)) {
    throw new Error(`tenantry.config.json has no stage ${stage}; it has ${Object.keys(written).join(", ") || "none"}`);
  }
  const all = Object.entries({ [stage]: {}, ...written }).map(
    ([name, settings]) => [name, StageSettings.parse({ ...stageDefaults[name], ...settings })] as const,
  );
  const settings = new Map(all).get(stage)!;
  return { ...settings, stage, tableName: settings.tableName ?? `tenantry-${stage}` };
}

/** Content of `tenantry.config.json` in the project's folder; undefined where there is none. */
export function readConfigFile(): unknown {
  const file = path.resolve(import.meta.dirname, "..", "tenantry.config.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}
