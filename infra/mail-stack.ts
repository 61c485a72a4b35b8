import { CfnOutput, Duration, Stack, type StackProps } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import { EventBus } from "aws-cdk-lib/aws-events";
import { CnameRecord, HostedZone } from "aws-cdk-lib/aws-route53";
import {
  ConfigurationSet,
  ConfigurationSetTlsPolicy,
  EmailIdentity,
  EmailSendingEvent,
  EventDestination,
  Identity,
  SuppressionReasons,
} from "aws-cdk-lib/aws-ses";
import type { Construct } from "constructs";
import type { MailSettings, StageConfig } from "./config.ts";
import { OperatorAlarm } from "./constructs/alarm.ts";
import { configurationSetName, mailDomain } from "./constructs/naming.ts";

export interface MailStackProps extends StackProps {
  config: StageConfig;
  mail: MailSettings;
}

/** What mails are sent with: the sender, and the configuration set that tells on the event bus what became of each. */
export class MailStack extends Stack {
  constructor(scope: Construct, id: string, { config, mail, ...props }: MailStackProps) {
    super(scope, id, { ...props, description: "Tenantry: the sender of mails and their events" });
    const configurationSet = new ConfigurationSet(this, "ConfigurationSet", {
      configurationSetName: configurationSetName(config),
      reputationMetrics: true,
      // A mail may carry a temporary password.
      tlsPolicy: ConfigurationSetTlsPolicy.REQUIRE,
      suppressionReasons: SuppressionReasons.BOUNCES_AND_COMPLAINTS,
    });
    configurationSet.addEventDestination("Events", {
      configurationSetEventDestinationName: "event-bus",
      // SES publishes to the default bus and to no other.
      destination: EventDestination.eventBus(EventBus.fromEventBusName(this, "Bus", "default")),
      events: [EmailSendingEvent.SEND, EmailSendingEvent.REJECT, EmailSendingEvent.BOUNCE, EmailSendingEvent.COMPLAINT],
    });
    if (mail.identity === "create") createIdentity(this, config, mail);
    alarmOnReputation(this, config);
  }
}

/** The sender's domain. It may send as soon as its three DKIM records stand in the DNS: in our zone, or by hand after the outputs. */
function createIdentity(scope: Construct, config: StageConfig, mail: MailSettings): void {
  const domain = mailDomain(mail);
  const { dkimRecords } = new EmailIdentity(scope, "Identity", {
    identity: Identity.domain(domain),
    // The events tell of bounces and complaints; SES need not mail them to the sender as well.
    feedbackForwarding: false,
  });
  const zone = config.domain?.hostedZone;
  const hostedZone =
    zone && `.${domain}`.endsWith(`.${zone.name}`)
      ? HostedZone.fromHostedZoneAttributes(scope, "Zone", { hostedZoneId: zone.id, zoneName: zone.name })
      : undefined;
  for (const [index, { name, value }] of dkimRecords.entries()) {
    if (hostedZone) {
      new CnameRecord(scope, `Dkim${index + 1}`, { zone: hostedZone, recordName: `${name}.`, domainName: value });
    } else {
      new CfnOutput(scope, `DkimName${index + 1}`, { value: name });
      new CfnOutput(scope, `DkimValue${index + 1}`, { value });
    }
  }
}

/** AWS reviews an account at 5 % bounces or 0.1 % complaints, and then may stop its mail; all mail of the account counts. */
function alarmOnReputation(scope: Construct, config: StageConfig): void {
  const rate = (metricName: string) =>
    new Metric({ namespace: "AWS/SES", metricName, statistic: "Average", period: Duration.hours(1) });
  new OperatorAlarm(scope, "Bounces", {
    config,
    name: "mail-bounces",
    description: "More than 4 % of the account's mails bounce. AWS reviews the account at 5 % and may stop its mail.",
    metric: rate("Reputation.BounceRate"),
    above: 0.04,
  });
  new OperatorAlarm(scope, "Complaints", {
    config,
    name: "mail-complaints",
    description:
      "More than 0.08 % of the account's mails were marked as spam. AWS reviews the account at 0.1 % and may stop its mail.",
    metric: rate("Reputation.ComplaintRate"),
    above: 0.0008,
  });
}
