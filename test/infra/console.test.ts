import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runInNewContext } from "node:vm";
import { afterAll, describe, expect, it, test } from "vitest";
import { type StageConfig, stageConfig } from "../../infra/config.ts";
import { apiFunction, pagesFunction } from "../../infra/constructs/edge-functions.ts";
import { checkRules, createApp, provisionConsole } from "../../infra/tenantry.ts";
import { takeFromEdge } from "../../shared/http/access/edge.ts";
import { Assembly, pagesIn, type Resource } from "./assembly.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const domain = {
  name: "backup.example",
  certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/1",
  hostedZone: { id: "Z1", name: "backup.example" },
};
const configOf = (console: unknown): StageConfig => stageConfig("test", { stages: { test: { console } } });

/** The console's stack; a finding of cdk-nag throws. */
function synthesizeConsole(config: StageConfig): Assembly {
  const folder = mkdtempSync(path.join(tmpdir(), "tenantry-console-stack-"));
  folders.push(folder);
  const app = createApp(path.join(folder, "out"));
  provisionConsole(app, config, "api.backup.example", pagesIn(folder));
  checkRules(app);
  app.synth();
  return new Assembly(path.join(folder, "out"));
}
const named = synthesizeConsole(configOf({ domain }));
const plain = synthesizeConsole(configOf({}));

const only = (assembly: Assembly, type: string): Resource["Properties"] => {
  const found = assembly.all(type);
  expect(found, type).toHaveLength(1);
  return found[0]?.resource.Properties ?? {};
};
// Each test reads other parts of it.
// oxlint-disable-next-line typescript/no-explicit-any
const distributionOf = (assembly: Assembly): any =>
  only(assembly, "AWS::CloudFront::Distribution")["DistributionConfig"];

describe("the console's stack", () => {
  it("keeps the pages in a bucket that the distribution alone reads", () => {
    for (const { resource } of named.all("AWS::S3::Bucket"))
      expect(resource.Properties["PublicAccessBlockConfiguration"]).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
    const policies = named
      .all("AWS::S3::BucketPolicy")
      .flatMap(
        ({ resource }) => (resource.Properties["PolicyDocument"] as { Statement: Record<string, unknown>[] }).Statement,
      );
    const reading = policies.filter(({ Effect, Action }) => Effect === "Allow" && String(Action).includes("GetObject"));
    expect(reading).toMatchObject([
      {
        Action: "s3:GetObject",
        Principal: { Service: "cloudfront.amazonaws.com" },
        Condition: { StringEquals: { "AWS:SourceArn": expect.anything() } },
      },
    ]);
    expect(only(named, "AWS::CloudFront::OriginAccessControl")["OriginAccessControlConfig"]).toMatchObject({
      OriginAccessControlOriginType: "s3",
      SigningBehavior: "always",
      SigningProtocol: "sigv4",
    });
  });

  it("sends the headers that the run on one machine sends, and asks for HTTPS from then on", () => {
    const policy = only(named, "AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"];
    expect(policy).toMatchObject({
      SecurityHeadersConfig: {
        ContentSecurityPolicy: {
          ContentSecurityPolicy: expect.stringMatching(/^default-src 'none'; script-src 'self';/),
        },
        ContentTypeOptions: { Override: true },
        FrameOptions: { FrameOption: "DENY" },
        ReferrerPolicy: { ReferrerPolicy: "no-referrer" },
        StrictTransportSecurity: { AccessControlMaxAgeSec: 63_072_000, IncludeSubdomains: true },
      },
    });
    expect(JSON.stringify(policy)).not.toContain("unsafe");
    expect(JSON.stringify(policy)).toContain("cross-origin-opener-policy");
  });

  it("answers with the API below /v1, never from a cache, and proves itself to it", () => {
    const { CacheBehaviors, DefaultCacheBehavior, Origins } = distributionOf(named);
    expect(CacheBehaviors).toMatchObject([
      {
        PathPattern: "/v1/*",
        ViewerProtocolPolicy: "https-only",
        AllowedMethods: expect.arrayContaining(["DELETE", "PATCH"]),
      },
    ]);
    // Managed policies: CachingDisabled, and AllViewerExceptHostHeader.
    expect(CacheBehaviors[0].CachePolicyId).toBe("4135ea2d-6df8-44a3-9df3-4b5a84be39ad");
    expect(CacheBehaviors[0].OriginRequestPolicyId).toBe("b689b0a8-53d0-40ab-baf2-68738e2966ac");
    expect(DefaultCacheBehavior).toMatchObject({
      ViewerProtocolPolicy: "redirect-to-https",
      AllowedMethods: ["GET", "HEAD"],
    });
    const api = Origins.find(({ DomainName }: { DomainName: unknown }) => DomainName === "api.backup.example");
    expect(api.OriginCustomHeaders).toEqual([
      {
        HeaderName: "x-tenantry-edge",
        HeaderValue: "{{resolve:secretsmanager:tenantry/test/edge:SecretString:::}}",
      },
    ]);
    expect(api.CustomOriginConfig).toMatchObject({ OriginProtocolPolicy: "https-only" });
  });

  it("has a name of its own where one is given, with its certificate and its addresses", () => {
    expect(distributionOf(named)).toMatchObject({
      Aliases: ["backup.example"],
      HttpVersion: "http2and3",
      ViewerCertificate: { AcmCertificateArn: domain.certificateArn, MinimumProtocolVersion: "TLSv1.2_2021" },
    });
    const records = named.all("AWS::Route53::RecordSet").map(({ resource }) => resource.Properties);
    expect(records.map(({ Name, Type }) => [Name, Type])).toEqual([
      ["backup.example.", "A"],
      ["backup.example.", "AAAA"],
    ]);
    expect(distributionOf(plain).Aliases).toBeUndefined();
    expect(plain.all("AWS::Route53::RecordSet")).toEqual([]);
  });

  it("puts the files of a new version there before its pages, and keeps those of the old one", () => {
    const deployments = named.all("Custom::CDKBucketDeployment").map(({ resource }) => resource);
    expect(deployments.map(({ Properties }) => [Properties["Prune"], Properties["SystemMetadata"]])).toEqual([
      [false, { "cache-control": "public, max-age=31536000, immutable" }],
      [false, { "cache-control": "no-cache" }],
    ]);
    const [first] = named.all("Custom::CDKBucketDeployment");
    expect(JSON.stringify(deployments[1])).toContain(`"DependsOn"`);
    expect((deployments[1] as unknown as { DependsOn: string[] }).DependsOn).toContain(first?.logicalId);
    expect(deployments[1]?.Properties["DistributionPaths"]).toEqual(["/console/*"]);
  });

  it("lets browsers keep the files whose names change with what is in them, and nothing else", () => {
    const staged = readdirSync(named.folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.startsWith("asset."))
      .map(({ name }) => readdirSync(path.join(named.folder, name), { recursive: true }).map(String).toSorted());
    expect(staged).toContainEqual(["assets", "assets/app-1234.js"]);
    expect(staged).toContainEqual(["favicon.svg", "index.html", "login.html"]);
  });

  it("is left out where a stage does not want it, and takes no certificate of another region", () => {
    const app = createApp(mkdtempSync(path.join(tmpdir(), "tenantry-console-stack-")));
    folders.push(app.outdir);
    expect(provisionConsole(app, configOf(false), "api.backup.example", undefined)).toBeUndefined();
    expect(() =>
      configOf({ domain: { ...domain, certificateArn: domain.certificateArn.replace("us-east-1", "eu-west-1") } }),
    ).toThrow(/us-east-1/);
  });
});

describe("at the edge", () => {
  const run = (code: string, uri: string, headers: Record<string, { value: string }> = {}) =>
    runInNewContext(`${code}; handler(event)`, {
      event: { viewer: { ip: "2001:db8::7" }, request: { uri, headers } },
    }) as { uri?: string; statusCode?: number; headers: Record<string, { value: string }> };

  test("files are found by their name, and every other address is the app's", () => {
    for (const [asked, found] of [
      ["/console/", "/console/index.html"],
      ["/console/customers/cus_01/devices", "/console/index.html"],
      ["/console/login.html", "/console/login.html"],
      ["/console/assets/app-1234.js", "/console/assets/app-1234.js"],
      ["/console/a.b/c", "/console/index.html"],
    ] as const)
      expect(run(pagesFunction, asked).uri).toBe(found);
    for (const uri of ["/", "/console"])
      expect(run(pagesFunction, uri)).toMatchObject({ statusCode: 302, headers: { location: { value: "/console/" } } });
    expect(run(pagesFunction, "/elsewhere").statusCode).toBe(404);
  });

  test("the API hears of client and host, whatever the client says of them, and believes nobody else", () => {
    const { headers } = run(apiFunction, "/v1/me", {
      host: { value: "backup.example" },
      "x-tenantry-host": { value: "evil.example" },
      "x-tenantry-viewer": { value: "192.0.2.1" },
    });
    const sent = Object.fromEntries(Object.entries(headers).map(([name, { value }]) => [name, value]));
    const secret = "s".repeat(48);
    const eventWith = (more: Record<string, string>) => ({
      rawPath: "/v1/me",
      headers: { ...sent, Host: "abc.execute-api.eu-central-1.amazonaws.com", ...more },
      isBase64Encoded: false,
      requestContext: {
        requestId: "1",
        http: { method: "GET", path: "/v1/me", sourceIp: "130.176.0.1", userAgent: "" },
      },
    });
    const seen = (more: Record<string, string>, known: string | undefined) => {
      const event = eventWith(more);
      delete (event.headers as Record<string, string>)["host"];
      takeFromEdge(event, known);
      const hosts = Object.entries(event.headers).filter(([name]) => name.toLowerCase() === "host");
      return [event.requestContext.http.sourceIp, hosts.map(([, value]) => value)];
    };
    expect(seen({ "x-tenantry-edge": secret }, secret)).toEqual(["2001:db8::7", ["backup.example"]]);
    const unchanged = ["130.176.0.1", ["abc.execute-api.eu-central-1.amazonaws.com"]];
    expect(seen({}, secret)).toEqual(unchanged);
    expect(seen({ "x-tenantry-edge": `${secret}x` }, secret)).toEqual(unchanged);
    expect(seen({ "x-tenantry-edge": "" }, secret)).toEqual(unchanged);
    expect(seen({ "x-tenantry-edge": secret }, undefined)).toEqual(unchanged);
  });
});
