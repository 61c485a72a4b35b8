import { ArnFormat, Aws, SecretValue, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { LocationCode } from "../../shared/domain/terms/locations.ts";
import type { StoragePlan } from "../../shared/domain/terms/storage-plan.ts";
import type { IndexName } from "../../shared/store/table/shape.ts";
import type { MailSettings, StageConfig } from "../config.ts";

/** ARN of the table, by name: stacks then share no export, and the table's stack can change without them. */
export const tableArn = (scope: Construct, config: StageConfig): string =>
  Stack.of(scope).formatArn({ service: "dynamodb", resource: "table", resourceName: config.tableName });

/** ARN of one index of the table. */
export const indexArn = (scope: Construct, config: StageConfig, index: IndexName): string =>
  `${tableArn(scope, config)}/index/${index}`;

/** Name of the SES configuration set under which mails are sent; their events carry it. */
export const configurationSetName = (config: StageConfig): string => `tenantry-${config.stage}`;

/** The domain of the address that mails come from. */
export const mailDomain = (mail: MailSettings): string => mail.from.slice(mail.from.lastIndexOf("@") + 1);

/**
 * ARNs of what a mail is sent with: the configuration set, and the identities that may stand for the sender. Of one that exists it is not
 * known whether the address, its domain or a domain above was verified; SES asks for rights on the one that it takes.
 */
export function mailArns(scope: Construct, config: StageConfig, mail: MailSettings): string[] {
  const ses = (resource: string, resourceName: string) =>
    Stack.of(scope).formatArn({ service: "ses", resource, resourceName });
  const labels = mailDomain(mail).split(".");
  const domains = labels.slice(0, -1).map((_label, index) => labels.slice(index).join("."));
  const identities = mail.identity === "create" ? [mailDomain(mail)] : [mail.from, ...domains];
  return [...identities.map((name) => ses("identity", name)), ses("configuration-set", configurationSetName(config))];
}

/** The tag of roles that may begin sessions as the roles of vaults; its value is the stage. */
export const vaultSessionsTag = "tenantry:vault-sessions";

/** Where a stage keeps data: names of buckets and roles follow from it. */
export const storagePlan = ({ stage, account, storage }: StageConfig): StoragePlan => ({
  stage,
  account: account ?? Aws.ACCOUNT_ID,
  locations: storage.locations,
});
/** The locations that a stage opens. */
export const openedLocations = ({ storage }: StageConfig): LocationCode[] =>
  LocationCode.options.filter((code) => storage.locations[code] !== undefined);

/** Stands for the code of any location in the resources of a policy. */
export const anyCode = "??";

/** Alias of the key that a location's data are encrypted under. */
export const vaultKeyAlias = ({ stage }: StageConfig, code: LocationCode | typeof anyCode): string =>
  `alias/tenantry-${stage}-vault-${code.toLowerCase()}`;

/** Where people reach the installation: by the console's name if it has one, else by the API's; empty: by none that is known before it stands. */
export const publicUrl = ({ console: pages, domain }: StageConfig): string => {
  const name = (pages === false ? undefined : pages.domain?.name) ?? domain?.name;
  return name === undefined ? "" : `https://${name}`;
};

/** What the distribution in front of the API proves itself by, as CloudFormation reads it when it deploys. */
export const edgeSecretName = ({ stage }: StageConfig): string => `tenantry/${stage}/edge`;
export const edgeSecret = (config: StageConfig): string =>
  SecretValue.secretsManager(edgeSecretName(config)).unsafeUnwrap();

/** Name of the topic that alarms are sent to. */
export const alarmTopicName = (config: StageConfig): string => `tenantry-${config.stage}-alarms`;

/** ARN of the topic that alarms are sent to. */
export const alarmTopicArn = (scope: Construct, config: StageConfig): string =>
  Stack.of(scope).formatArn({
    service: "sns",
    resource: alarmTopicName(config),
    arnFormat: ArnFormat.NO_RESOURCE_NAME,
  });
