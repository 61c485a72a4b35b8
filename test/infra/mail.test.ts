import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Stack } from "aws-cdk-lib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { bundleRoot } from "../../infra/bundle.ts";
import { stageConfig } from "../../infra/config.ts";
import { grantStatements } from "../../infra/constructs/grants.ts";
import { DataStack } from "../../infra/data-stack.ts";
import { JobsStack } from "../../infra/jobs-stack.ts";
import { MailStack } from "../../infra/mail-stack.ts";
import { checkRules, createApp } from "../../infra/tenantry.ts";
import type { Job } from "../../shared/http/jobs/job.ts";
import { Assembly, type Resource, textOf } from "./assembly.ts";

const failed = { message: "mail failed", name: "mail-failed", description: "A mail failed for good." };
const jobs = vi.hoisted((): Job[] => []);
vi.mock("../../functions/jobs.ts", () => ({ jobList: jobs }));
const unit = (id: string) => ({ id, area: "stream", summary: `Does ${id}`, grants: [] });
jobs.push(
  { ...unit("hear"), kind: "event", mailEvents: ["Send", "Bounce", "Complaint", "Reject"] },
  { ...unit("sweep"), kind: "schedule", rateMinutes: 1, alarmOnMessage: failed },
  {
    ...unit("send"),
    kind: "stream",
    follows: "relayed",
    filters: [{}],
    batchSize: 10,
    retryAttempts: 2,
    maxAgeMinutes: 15,
    alarmOnMessage: failed,
  },
);

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const configOf = (settings: object) => stageConfig("test", { stages: { test: settings } });

/** Synthesizes some stacks alone; a finding of cdk-nag throws. */
function synthesize(build: (app: ReturnType<typeof createApp>) => void): Assembly {
  const folder = mkdtempSync(path.join(tmpdir(), "tenantry-mail-"));
  folders.push(folder);
  const app = createApp(folder);
  build(app);
  checkRules(app);
  app.synth();
  return new Assembly(folder);
}

const mailStack = (settings: { mail: object; domain?: object }): Assembly => {
  const config = configOf(settings);
  return synthesize((app) => new MailStack(app, "TenantryMail-test", { config, mail: config.mail! }));
};
const only = (found: { resource: Resource }[]): Record<string, unknown> => {
  expect(found).toHaveLength(1);
  return found[0]!.resource.Properties;
};

describe("the mail stack", () => {
  const hostedZone = { id: "Z1", name: "backup.example" };
  const domain = (name: string) => ({ name: `api.${name}`, certificateArn: "arn:aws:acm:1", hostedZone });
  const records = (assembly: Assembly) =>
    assembly
      .all("AWS::Route53::RecordSet")
      .map(({ resource: { Properties } }) => [
        textOf(Properties["Name"]),
        Properties["Type"],
        (Properties["ResourceRecords"] as unknown[]).map(textOf),
      ]);

  it("has the events of its mails told on the default event bus, and keeps reputation and encryption up", () => {
    const stack = mailStack({ mail: { from: "no-reply@backup.example" } });
    expect(only(stack.all("AWS::SES::ConfigurationSet"))).toMatchObject({
      Name: "tenantry-test",
      ReputationOptions: { ReputationMetricsEnabled: true },
      DeliveryOptions: { TlsPolicy: "REQUIRE" },
      SuppressionOptions: { SuppressedReasons: ["BOUNCE", "COMPLAINT"] },
    });
    const { EventDestination } = only(stack.all("AWS::SES::ConfigurationSetEventDestination")) as {
      EventDestination: { MatchingEventTypes: string[]; EventBridgeDestination: { EventBusArn: unknown } };
    };
    expect(EventDestination.MatchingEventTypes.map((type) => type.toUpperCase())).toEqual([
      "SEND",
      "REJECT",
      "BOUNCE",
      "COMPLAINT",
    ]);
    expect(textOf(EventDestination.EventBridgeDestination.EventBusArn)).toBe(
      "arn:aws:events:eu-test-1:111122223333:event-bus/default",
    );
  });

  it.each([["no-reply@backup.example"], ["no-reply@mail.backup.example"]])(
    "puts the DKIM records of %s in the zone that they belong to",
    (from) => {
      const stack = mailStack({ mail: { from }, domain: domain("backup.example") });
      expect(only(stack.all("AWS::SES::EmailIdentity"))["EmailIdentity"]).toBe(from.split("@")[1]);
      expect(records(stack)).toEqual(
        [1, 2, 3].map((number) => [
          expect.stringMatching(new RegExp(`DkimDNSTokenName${number}>\\.$`)),
          "CNAME",
          [expect.stringMatching(new RegExp(`DkimDNSTokenValue${number}>$`))],
        ]),
      );
    },
  );

  it.each([["no-reply@other.example"], ["no-reply@notbackup.example"]])(
    "tells the DKIM records of %s, whose zone it does not know",
    (from) => {
      const stack = mailStack({ mail: { from }, domain: domain("backup.example") });
      expect(records(stack)).toEqual([]);
      expect(Object.keys(stack.stack("Mail").Outputs!).sort()).toEqual(
        [1, 2, 3].flatMap((number) => [`DkimName${number}`, `DkimValue${number}`]).sort(),
      );
    },
  );

  it("leaves an identity alone that exists", () => {
    expect(
      mailStack({ mail: { from: "a@backup.example", identity: "existing" } }).all("AWS::SES::EmailIdentity"),
    ).toEqual([]);
  });
});

describe("a grant", () => {
  const statements = (settings: object, ...grants: Parameters<typeof grantStatements>[3]) =>
    grantStatements(new Stack(createApp(), "S"), configOf(settings), "arn:key", grants).map((statement) => {
      const { Action, Resource, Condition } = statement.toStatementJson() as Record<string, unknown>;
      return { Action, Resource: [Resource].flat(), Condition };
    });
  const ses = (resource: string) => expect.stringMatching(new RegExp(`:ses:.*:.*:${resource}$`)) as string;

  it("to send mail is about the sender alone, under the configuration set", () => {
    expect(statements({ mail: { from: "a@mail.backup.example" } }, "mail:SendRawEmail")).toEqual([
      {
        Action: "ses:SendRawEmail",
        Resource: [ses("identity/mail.backup.example"), ses("configuration-set/tenantry-test")],
        Condition: { StringEquals: { "ses:FromAddress": "a@mail.backup.example" } },
      },
    ]);
  });

  it("to send mail covers each identity that may stand for a sender that exists", () => {
    const [found] = statements({ mail: { from: "a@mail.backup.example", identity: "existing" } }, "mail:SendRawEmail");
    expect(found?.Resource).toEqual([
      ses("identity/a@mail.backup.example"),
      ses("identity/mail.backup.example"),
      ses("identity/backup.example"),
      ses("configuration-set/tenantry-test"),
    ]);
  });

  it("to send mail gives no right where the stage has no sender", () => {
    expect(statements({}, "mail:SendRawEmail")).toEqual([]);
  });

  it("to seal or unseal is about the one key", () => {
    expect(statements({}, "seal:Encrypt", "seal:Decrypt")).toEqual([
      { Action: "kms:Encrypt", Resource: ["arn:key"], Condition: undefined },
      { Action: "kms:Decrypt", Resource: ["arn:key"], Condition: undefined },
    ]);
  });
});

describe("the key that seals secrets", () => {
  it("changes by itself, is known by an alias, and is not deleted with its stack", () => {
    const data = synthesize((app) => new DataStack(app, "TenantryData-test", { config: configOf({}) }));
    const [key] = data.all("AWS::KMS::Key");
    expect(key!.resource).toMatchObject({
      DeletionPolicy: "Retain",
      Properties: { EnableKeyRotation: true, PendingWindowInDays: 30 },
    });
    const { AliasName, TargetKeyId } = only(data.all("AWS::KMS::Alias"));
    expect(AliasName).toBe("alias/tenantry-test-seal");
    expect(textOf(TargetKeyId)).toBe(`<${key!.logicalId}.Arn>`);
  });
});

describe("the jobs stack", () => {
  const jobsStack = (): Assembly => {
    for (const { id } of jobs) {
      mkdirSync(path.join(bundleRoot, id), { recursive: true });
      writeFileSync(path.join(bundleRoot, id, "index.mjs"), `export const handler = "${id}";`);
      folders.push(path.join(bundleRoot, id));
    }
    const config = configOf({ mail: { from: "no-reply@backup.example" } });
    const props = {
      config,
      sealKeyArn: "arn:key",
      streamArn: "arn:aws:dynamodb:eu-test-1:111122223333:table/t/stream/1",
    };
    return synthesize((app) => new JobsStack(app, "TenantryJobs-test", props));
  };

  it("hands the events of this installation's mails to the job, with tries and a queue for what it cannot take", () => {
    const stack = jobsStack();
    const queue = stack.all("AWS::SQS::Queue").find(({ logicalId }) => logicalId.startsWith("EventFailures"))!;
    const fn = stack
      .all("AWS::Lambda::Function")
      .find(({ resource }) => resource.Properties["FunctionName"] === "tenantry-test-stream-hear");
    const rule = only(stack.all("AWS::Events::Rule")) as { Targets: Record<string, unknown>[] };
    expect(rule).toMatchObject({
      State: "ENABLED",
      EventPattern: {
        source: ["aws.ses"],
        "detail-type": ["Email Sent", "Email Bounced", "Email Complaint Received", "Email Rejected"],
        detail: { mail: { tags: { "ses:configuration-set": ["tenantry-test"] } } },
      },
    });
    expect(rule.Targets).toHaveLength(1);
    expect(rule.Targets[0]).toMatchObject({
      Arn: { "Fn::GetAtt": [fn!.logicalId, "Arn"] },
      DeadLetterConfig: { Arn: { "Fn::GetAtt": [queue.logicalId, "Arn"] } },
      RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 },
    });
    const config = stack
      .all("AWS::Lambda::EventInvokeConfig")
      .find(({ resource }) => textOf(resource.Properties["FunctionName"]) === `<${fn!.logicalId}>`)!;
    expect(config.resource.Properties).toMatchObject({
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: { "Fn::GetAtt": [queue.logicalId, "Arn"] } } },
    });
  });

  it("rings one bell for the jobs that log the same trouble", () => {
    const stack = jobsStack();
    const filters = stack.all("AWS::Logs::MetricFilter");
    expect(filters).toHaveLength(2);
    expect(new Set(filters.map(({ resource }) => JSON.stringify(resource.Properties["LogGroupName"]))).size).toBe(2);
    for (const { resource } of filters) {
      expect(resource.Properties).toMatchObject({
        FilterPattern: '{ $.message = "mail failed" }',
        MetricTransformations: [{ MetricNamespace: "Tenantry/test", MetricName: "mail-failed", MetricValue: "1" }],
      });
    }
    const alarms = stack
      .all("AWS::CloudWatch::Alarm")
      .filter(({ resource }) => resource.Properties["AlarmName"] === "tenantry-test-mail-failed");
    expect(only(alarms)).toMatchObject({
      Namespace: "Tenantry/test",
      MetricName: "mail-failed",
      Statistic: "Sum",
      Threshold: 0,
      AlarmDescription: failed.description,
    });
  });
});
