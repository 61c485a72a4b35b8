import { Duration, RemovalPolicy, Stack, type StackProps, Validations } from "aws-cdk-lib";
import {
  AccountPrincipal,
  PolicyDocument,
  PolicyStatement,
  PrincipalWithConditions,
  Role,
  SessionTagsPrincipal,
} from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  ObjectLockRetention,
  ObjectOwnership,
} from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { LocationCode } from "../shared/domain/terms/locations.ts";
import { bucketOf, vaultRoleName } from "../shared/domain/terms/storage-plan.ts";
import type { StageConfig } from "./config.ts";
import { storagePlan, vaultKeyAlias, vaultSessionsTag } from "./constructs/naming.ts";

export interface StorageStackProps extends StackProps {
  config: StageConfig;
  /** The region that it stands in. */
  region: string;
  /** The locations whose data lie in this region. */
  locations: readonly LocationCode[];
}

/** Where data lie in one region: for each location a bucket, a key, and the role that devices' leave to write there is derived from. */
export class StorageStack extends Stack {
  constructor(scope: Construct, id: string, { config, region, locations, ...props }: StorageStackProps) {
    super(scope, id, { ...props, description: `Tenantry: customers' data in ${region}` });
    const logs = accessLogs(this, config);
    for (const location of locations) new LocationVault(this, location, { config, location, logs });
  }
}

/** The bucket that tells who has read and written in the others. */
function accessLogs(scope: Construct, config: StageConfig): Bucket {
  const logs = new Bucket(scope, "AccessLogs", {
    // S3 delivers access logs to buckets with keys of its own only.
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned: true,
    lifecycleRules: [
      {
        expiration: Duration.days(config.logRetentionDays),
        noncurrentVersionExpiration: Duration.days(1),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
    removalPolicy: RemovalPolicy.RETAIN,
  });
  Validations.of(logs).acknowledge({
    id: "AwsSolutions::AwsSolutions-S1",
    reason: "This is itself the bucket of access logs; its own would grow by being written.",
  });
  return logs;
}

interface LocationVaultProps {
  config: StageConfig;
  location: LocationCode;
  logs: Bucket;
}

/** The storage of one location. Everything in it stays when the stack goes. */
class LocationVault extends Construct {
  constructor(scope: Construct, id: string, { config, location, logs }: LocationVaultProps) {
    super(scope, id);
    const { objectLock, oldVersionDays } = config.storage;
    const plan = storagePlan(config);
    const key = new Key(this, "Key", {
      alias: vaultKeyAlias(config, location),
      description: `Tenantry ${config.stage}: customers' data in ${location}`,
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const bucket = new Bucket(this, "Bucket", {
      bucketName: bucketOf(plan, location),
      versioned: true,
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      // One call to KMS for many objects instead of one for each.
      bucketKeyEnabled: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      ...(objectLock && {
        objectLockEnabled: true,
        objectLockDefaultRetention:
          objectLock.mode === "COMPLIANCE"
            ? ObjectLockRetention.compliance(Duration.days(objectLock.days))
            : ObjectLockRetention.governance(Duration.days(objectLock.days)),
      }),
      lifecycleRules: [
        { id: "abandoned-uploads", abortIncompleteMultipartUploadAfter: Duration.days(7) },
        {
          id: "old-versions",
          noncurrentVersionExpiration: Duration.days(oldVersionDays),
          expiredObjectDeleteMarker: true,
        },
      ],
      serverAccessLogsBucket: logs,
      serverAccessLogsPrefix: `${location.toLowerCase()}/`,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.role(config, location, bucket, key);
  }

  /**
   * The role that leave to write is derived from. By itself it opens nothing: every right is limited to the vault that a session's tag names, and
   * the session's own policy limits it to the prefixes of one device.
   */
  private role(config: StageConfig, location: LocationCode, bucket: Bucket, key: Key): Role {
    const own = "${aws:PrincipalTag/vault}*";
    const throughS3 = { StringEquals: { "kms:ViaService": `s3.${Stack.of(this).region}.amazonaws.com` } };
    // Whoever is tagged as one that gives leave, and no one else of the account.
    const givesLeave = new PrincipalWithConditions(new AccountPrincipal(Stack.of(this).account), {
      StringEquals: { [`aws:PrincipalTag/${vaultSessionsTag}`]: config.stage },
    });
    const role = new Role(this, "Role", {
      roleName: vaultRoleName(storagePlan(config), location),
      description: `Tenantry ${config.stage}: what devices may do in ${location}`,
      assumedBy: new SessionTagsPrincipal(givesLeave),
      // A session that one role begins as another cannot last longer.
      maxSessionDuration: Duration.hours(1),
      inlinePolicies: {
        vaults: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: [
                "s3:GetObject",
                "s3:PutObject",
                "s3:DeleteObject",
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
              ],
              resources: [bucket.arnForObjects(own)],
            }),
            new PolicyStatement({
              actions: ["s3:ListBucket"],
              resources: [bucket.bucketArn],
              conditions: { StringLike: { "s3:prefix": own } },
            }),
            new PolicyStatement({ actions: ["s3:GetBucketLocation"], resources: [bucket.bucketArn] }),
            new PolicyStatement({
              actions: ["kms:GenerateDataKey", "kms:Decrypt"],
              resources: [key.keyArn],
              conditions: throughS3,
            }),
          ],
        }),
      },
    }).withoutPolicyUpdates() as Role;
    const bucketId = Stack.of(this).getLogicalId(bucket.node.defaultChild as CfnBucket);
    Validations.of(this).acknowledge({
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/<aws:PrincipalTag/vault>*]`,
      reason:
        "The objects of one vault, which the session's tag names; a session without the tag has no rights at all.",
    });
    return role;
  }
}
