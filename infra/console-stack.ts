import { readFileSync } from "node:fs";
import path from "node:path";
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Token, Validations } from "aws-cdk-lib";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginRequestPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { HttpOrigin, S3BucketOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { ARecord, AaaaRecord, HostedZone, RecordTarget } from "aws-cdk-lib/aws-route53";
import { CloudFrontTarget } from "aws-cdk-lib/aws-route53-targets";
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import { BucketDeployment, CacheControl, Source } from "aws-cdk-lib/aws-s3-deployment";
import type { Construct } from "constructs";
import * as z from "zod";
import { edgeHeaders } from "../shared/runtime/env.ts";
import type { StageConfig } from "./config.ts";
import { apiFunction, pagesFunction } from "./constructs/edge-functions.ts";
import { edgeSecret } from "./constructs/naming.ts";

export interface ConsoleStackProps extends StackProps {
  config: StageConfig;
  settings: Exclude<StageConfig["console"], false>;
  /** The host that the API answers at. */
  apiHost: string;
  /** The folder of the built pages. */
  pages: string;
}

/** The headers of every page; the run on one machine sends them too. */
const Headers = z.object({
  headers: z.record(z.string(), z.string()),
  cache: z.object({ assets: z.string(), pages: z.string() }),
});
const pageHeaders = () =>
  Headers.parse(JSON.parse(readFileSync(path.resolve(import.meta.dirname, "../console/headers.json"), "utf8")));

/** The web console: a private bucket with static pages, and a distribution in front of it and of the API, so that both have one address. */
export class ConsoleStack extends Stack {
  constructor(scope: Construct, id: string, { config, settings, apiHost, pages, ...props }: ConsoleStackProps) {
    super(scope, id, { ...props, description: "Tenantry: the web console" });
    const logs = accessLogs(this, config);
    const bucket = new Bucket(this, "Pages", {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      serverAccessLogsBucket: logs,
      serverAccessLogsPrefix: "pages/",
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const { domain } = settings;
    const headers = headersPolicy(this);
    const shared = { responseHeadersPolicy: headers, compress: true } satisfies Partial<BehaviorOptions>;
    const distribution = new Distribution(this, "Distribution", {
      comment: `Tenantry ${config.stage}: console and API`,
      defaultBehavior: {
        ...shared,
        // With an access control of its own: nobody else reads the bucket.
        origin: S3BucketOrigin.withOriginAccessControl(bucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        functionAssociations: [atRequest(this, "PagesFunction", "Addresses of the console's pages", pagesFunction)],
      },
      additionalBehaviors: {
        "/v1/*": {
          origin: new HttpOrigin(apiHost, { customHeaders: { [edgeHeaders.secret]: edgeSecret(config) } }),
          viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
          allowedMethods: AllowedMethods.ALLOW_ALL,
          // Each answer is about its caller.
          cachePolicy: CachePolicy.CACHING_DISABLED,
          originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
          functionAssociations: [atRequest(this, "ApiFunction", "Tells the API who asks", apiFunction)],
        },
      },
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_ALL,
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      enableLogging: true,
      logBucket: logs,
      logFilePrefix: "distribution/",
      ...(domain && {
        domainNames: [domain.name],
        certificate: Certificate.fromCertificateArn(this, "Certificate", domain.certificateArn),
      }),
    });
    acknowledge(distribution, domain !== undefined);
    deployPages(this, { config, bucket, distribution, pages });
    if (domain?.hostedZone) {
      const zone = HostedZone.fromHostedZoneAttributes(this, "Zone", {
        hostedZoneId: domain.hostedZone.id,
        zoneName: domain.hostedZone.name,
      });
      const target = RecordTarget.fromAlias(new CloudFrontTarget(distribution));
      new ARecord(this, "DomainA", { zone, recordName: `${domain.name}.`, target });
      new AaaaRecord(this, "DomainAaaa", { zone, recordName: `${domain.name}.`, target });
    }
    new CfnOutput(this, "ConsoleUrl", {
      value: `https://${domain?.name ?? distribution.distributionDomainName}/console/`,
    });
    new CfnOutput(this, "ConsoleTarget", { value: distribution.distributionDomainName });
  }
}

function accessLogs(scope: Construct, config: StageConfig): Bucket {
  const logs = new Bucket(scope, "Logs", {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    // CloudFront hands its logs over by an access control list.
    objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    lifecycleRules: [
      {
        expiration: Duration.days(config.logRetentionDays),
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

const atRequest = (scope: Construct, id: string, comment: string, code: string) => ({
  eventType: FunctionEventType.VIEWER_REQUEST,
  function: new EdgeFunction(scope, id, {
    comment,
    code: FunctionCode.fromInline(code),
    runtime: FunctionRuntime.JS_2_0,
  }),
});

/** CloudFront has fields of its own for some headers, and takes them nowhere else. */
function headersPolicy(scope: Construct): ResponseHeadersPolicy {
  const {
    "content-security-policy": contentSecurityPolicy = "",
    "x-content-type-options": _nosniff,
    "referrer-policy": _referrer,
    ...others
  } = pageHeaders().headers;
  return new ResponseHeadersPolicy(scope, "Headers", {
    comment: "Tenantry: what the console's pages may do",
    securityHeadersBehavior: {
      contentSecurityPolicy: { contentSecurityPolicy, override: true },
      contentTypeOptions: { override: true },
      frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
      referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
      strictTransportSecurity: {
        accessControlMaxAge: Duration.days(730),
        includeSubdomains: true,
        override: true,
      },
    },
    customHeadersBehavior: {
      customHeaders: Object.entries(others).map(([header, value]) => ({ header, value, override: true })),
    },
  });
}

/** Puts the pages into the bucket: first the files that they name, then themselves, so that no page names a file that is not there yet. */
function deployPages(
  scope: Construct,
  {
    config,
    bucket,
    distribution,
    pages,
  }: { config: StageConfig; bucket: Bucket; distribution: Distribution; pages: string },
): void {
  const { cache } = pageHeaders();
  const common = {
    destinationBucket: bucket,
    destinationKeyPrefix: "console",
    // Files of the version before stay: somebody still has its pages open.
    prune: false,
    logGroup: new LogGroup(scope, "DeployerLogs", {
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    }),
  };
  const assets = new BucketDeployment(scope, "Assets", {
    ...common,
    sources: [Source.asset(pages, { exclude: ["*", "!assets", "!assets/**"] })],
    cacheControl: [CacheControl.fromString(cache.assets)],
  });
  const html = new BucketDeployment(scope, "Html", {
    ...common,
    sources: [Source.asset(pages, { exclude: ["assets", "assets/**"] })],
    cacheControl: [CacheControl.fromString(cache.pages)],
    distribution,
    distributionPaths: ["/console/*"],
  });
  html.node.addDependency(assets);
  acknowledgeDeployer(Stack.of(scope), bucket);
}

/** The CDK's own function, which takes the pages from the assets' bucket and puts them into this one. */
function acknowledgeDeployer(stack: Stack, bucket: Bucket): void {
  const deployer = stack.node.children.find(({ node }) => node.id.startsWith("Custom::CDKBucketDeployment"));
  if (!deployer) throw new Error("The CDK deploys files in another way now.");
  const known = (token: string, name: string): string => (Token.isUnresolved(token) ? `<${name}>` : token);
  const assets = `cdk-${stack.synthesizer.bootstrapQualifier ?? "hnb659fds"}-assets-${known(stack.account, "AWS::AccountId")}-${known(stack.region, "AWS::Region")}`;
  const pages = stack.getLogicalId(bucket.node.defaultChild as CfnBucket);
  const wildcards = [
    "Action::s3:GetBucket*",
    "Action::s3:GetObject*",
    "Action::s3:List*",
    "Action::s3:Abort*",
    "Action::s3:DeleteObject*",
    `Resource::arn:<AWS::Partition>:s3:::${assets}/*`,
    `Resource::<${pages}.Arn>/*`,
    "Resource::*",
  ];
  const all = Validations.of(deployer);
  for (const wildcard of wildcards)
    all.acknowledge({
      id: `AwsSolutions::AwsSolutions-IAM5[${wildcard}]`,
      reason:
        "The CDK's own deployer of files: it reads its assets, writes the pages' bucket, and asks CloudFront to drop old copies.",
    });
  all.acknowledge({
    id: "AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
    reason: "The CDK's own deployer of files writes its logs.",
  });
  all.acknowledge({
    id: "AwsSolutions::AwsSolutions-L1",
    reason: "The CDK's own deployer of files names its runtime.",
  });
}

function acknowledge(distribution: Distribution, hasDomain: boolean): void {
  const all = Validations.of(distribution);
  all.acknowledge({
    id: "AwsSolutions::AwsSolutions-CFR1",
    reason: "Resellers and their customers may be in any country.",
  });
  all.acknowledge({
    id: "AwsSolutions::AwsSolutions-CFR2",
    reason:
      "The API limits requests, attempts and floods itself, and the pages are static; a firewall is the operator's choice.",
  });
  if (!hasDomain)
    all.acknowledge({
      id: "AwsSolutions::AwsSolutions-CFR4",
      reason: "CloudFront's own certificate comes with its own minimum; with a domain it is TLS 1.2.",
    });
}
