import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { type StageConfig, stageConfig } from "../../infra/config.ts";
import { checkRules, createApp, provisionStorage } from "../../infra/tenantry.ts";
import { readAssembly } from "../../local/assembly/assembly.ts";
import { isAllowed } from "../../local/storage/rights.ts";
import { sessionPolicy } from "../../shared/domain/devices/credentials.ts";
import { LocationCode, storageLocations } from "../../shared/domain/terms/locations.ts";
import { bucketOf, everyLocation, vaultRoleArn } from "../../shared/domain/terms/storage-plan.ts";
import { Assembly, type Resource } from "./assembly.ts";

const folders: string[] = [];
/** The storage stacks of one or several stages; a finding of cdk-nag throws. */
function synthesizeStorage(...configs: StageConfig[]): Assembly {
  const folder = mkdtempSync(path.join(tmpdir(), "tenantry-storage-stacks-"));
  folders.push(folder);
  const app = createApp(folder);
  for (const config of configs) provisionStorage(app, config);
  checkRules(app);
  app.synth();
  return new Assembly(folder);
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

type Settings = Parameters<typeof stage>[1];
const account = "111122223333";
const stage = (name: string, storage: { locations?: object; objectLock?: object; oldVersionDays?: number } = {}) =>
  stageConfig(name, { stages: { [name]: { account, storage: { locations: everyLocation(), ...storage } } } });
const all = synthesizeStorage(stage("test"));

/** The bucket of each location in an assembly, with the stack's region. */
const vaults = (assembly: Assembly): { region: string; properties: Resource["Properties"]; resource: Resource }[] =>
  assembly
    .all("AWS::S3::Bucket")
    .filter(({ resource }) => typeof resource.Properties["BucketName"] === "string")
    .map(({ template, resource }) => ({
      region: /^TenantryStorage-.*?-([a-z]{2}-[a-z]+-\d)\./.exec(template.file)?.[1] ?? "",
      properties: resource.Properties,
      resource,
    }));
const policyOf = (assembly: Assembly, bucketId: string): string =>
  JSON.stringify(
    assembly
      .all("AWS::S3::BucketPolicy")
      .filter(({ resource }) => JSON.stringify(resource.Properties["Bucket"]).includes(bucketId))
      .map(({ resource }) => resource.Properties["PolicyDocument"]),
  );

describe("the storage of a stage", () => {
  it("has one bucket for each location that it opens, in the region of that location", () => {
    const found = vaults(all).map(({ region, properties }) => `${String(properties["BucketName"])} ${region}`);
    const expected = storageLocations.map(
      ({ code, region }) => `tenantry-test-vault-${code.toLowerCase()}-${account} ${region}`,
    );
    expect(found.sort()).toEqual(expected.sort());
    const one = synthesizeStorage(stage("one", { locations: { NO: {} } }));
    expect(vaults(one).map(({ region }) => region)).toEqual(["eu-north-1"]);
    expect(synthesizeStorage(stage("none", { locations: {} })).templates).toEqual([]);
  });

  it("keeps every bucket versioned, closed to the public, encrypted under a key of its own, and logged", () => {
    for (const { properties, resource } of vaults(all)) {
      expect(properties).toMatchObject({
        VersioningConfiguration: { Status: "Enabled" },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            {
              BucketKeyEnabled: true,
              ServerSideEncryptionByDefault: {
                SSEAlgorithm: "aws:kms",
                KMSMasterKeyID: { "Fn::GetAtt": [expect.stringMatching(/^[A-Z]{2}Key/), "Arn"] },
              },
            },
          ],
        },
        LoggingConfiguration: {
          DestinationBucketName: { Ref: expect.stringMatching(/^AccessLogs/) },
          LogFilePrefix: expect.stringMatching(/^[a-z]{2}\/$/),
        },
        LifecycleConfiguration: {
          Rules: [
            { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, Status: "Enabled" },
            {
              NoncurrentVersionExpiration: { NoncurrentDays: 30 },
              ExpiredObjectDeleteMarker: true,
              Status: "Enabled",
            },
          ],
        },
      });
      expect(properties["ObjectLockEnabled"]).toBeUndefined();
      expect(resource.DeletionPolicy).toBe("Retain");
    }
    const keys = vaults(all).map(({ properties }) => JSON.stringify(properties["BucketEncryption"]));
    expect(new Set(keys).size).toBe(LocationCode.options.length);
    for (const { resource } of all.all("AWS::KMS::Key"))
      expect(resource).toMatchObject({ DeletionPolicy: "Retain", Properties: { EnableKeyRotation: true } });
  });

  it("refuses whoever comes without TLS, or with an old one, to every bucket", () => {
    for (const { logicalId } of all.all("AWS::S3::Bucket")) {
      const policy = policyOf(all, logicalId);
      expect(policy).toContain('"Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny"');
      expect(policy).toContain('"Condition":{"NumericLessThan":{"s3:TlsVersion":1.2}},"Effect":"Deny"');
    }
  });

  it("locks objects only where the stage says so, in the mode and for the days that it says", () => {
    for (const mode of ["GOVERNANCE", "COMPLIANCE"] as const) {
      const locked = synthesizeStorage(stage("locked", { locations: { DE: {} }, objectLock: { mode, days: 14 } }));
      expect(vaults(locked)[0]?.properties).toMatchObject({
        ObjectLockEnabled: true,
        ObjectLockConfiguration: { ObjectLockEnabled: "Enabled", Rule: { DefaultRetention: { Mode: mode, Days: 14 } } },
      });
    }
    for (const wrong of [{ mode: "NONE", days: 1 }, { mode: "GOVERNANCE", days: 0 }, { mode: "GOVERNANCE" }])
      expect(() => stage("locked", { objectLock: wrong } as Settings)).toThrow();
  });

  it("of two stages in one account have no name in common", () => {
    const both = synthesizeStorage(stage("one"), stage("two"));
    const names = [
      ...both.all("AWS::S3::Bucket").map(({ resource }) => resource.Properties["BucketName"]),
      ...both.all("AWS::IAM::Role").map(({ resource }) => resource.Properties["RoleName"]),
      ...both.all("AWS::KMS::Alias").map(({ resource }) => resource.Properties["AliasName"]),
    ].filter((name) => name !== undefined);
    expect(names).toHaveLength(6 * LocationCode.options.length);
    expect(new Set(names).size).toBe(names.length);
  });

  it("takes a name of the stage's own for a bucket", () => {
    const named = synthesizeStorage(stage("named", { locations: { CH: { bucket: "swiss-vaults" } } }));
    expect(vaults(named).map(({ properties }) => properties["BucketName"])).toEqual(["swiss-vaults"]);
    for (const bucket of ["Swiss", "a", "-a-", "x".repeat(64)])
      expect(() => stage("named", { locations: { CH: { bucket } } })).toThrow();
    expect(() => stage("named", { locations: { XX: {} } })).toThrow();
  });
});

describe("the role of a location", () => {
  it("is for those alone that give leave to back up in this stage, and for an hour", () => {
    for (const { resource } of all.all("AWS::IAM::Role"))
      expect(resource.Properties).toMatchObject({
        MaxSessionDuration: 3600,
        AssumeRolePolicyDocument: {
          Statement: [
            {
              Action: ["sts:AssumeRole", "sts:TagSession"],
              Effect: "Allow",
              Principal: { AWS: expect.anything() },
              Condition: { StringEquals: { "aws:PrincipalTag/tenantry:vault-sessions": "test" } },
            },
          ],
        },
      });
  });

  const plan = { stage: "local", account: "000000000000", locations: everyLocation() };
  const { roles, buckets } = readAssembly(synthesizeStorage(stageConfig("local")).folder);
  const bucket = bucketOf(plan, "DE");
  const key = buckets.find(({ name }) => name === bucket)?.key ?? { arn: "", policy: {} };
  const statements = roles.get(vaultRoleArn(plan, "DE")) ?? [];
  const own = "cus_1/dev_1/";
  const session = {
    roleArn: vaultRoleArn(plan, "DE"),
    name: "dev_1",
    policy: sessionPolicy({ bucket, region: "eu-central-1" }, [own], "read-write").policy,
    tags: { vault: "cus_1/" },
  };
  const may = (action: string, resource: string, context: Record<string, string> = {}, as: object = {}) =>
    isAllowed({ action, resource: `arn:aws:s3:::${resource}`, context }, statements, { ...session, ...as });
  const objects = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"];
  const ofObjects = [...objects, "s3:ListMultipartUploadParts"];

  it("lets a session do on its device's objects all that a backup takes, uploads in parts among it", async () => {
    for (const action of ofObjects) expect(await may(action, `${bucket}/${own}a/b`), action).toBe(true);
    for (const prefix of [own, `${own}a`])
      expect(await may("s3:ListBucket", bucket, { "s3:prefix": prefix })).toBe(true);
    // Has no prefix: a condition on one would refuse it.
    expect(await may("s3:GetBucketLocation", bucket)).toBe(true);
    const through = (region: string) => ({ "kms:ViaService": `s3.${region}.amazonaws.com` });
    for (const action of ["kms:GenerateDataKey", "kms:Decrypt"])
      for (const [region, allowed] of [
        ["eu-central-1", true],
        ["eu-west-1", false],
      ] as const)
        expect(
          await isAllowed(
            { action, resource: key.arn, policy: key.policy, context: through(region) },
            statements,
            session,
          ),
        ).toBe(allowed);
  });

  it("opens nothing next door, whatever is tried, and no version for good", async () => {
    const foreign = [
      "cus_1/dev_2/x",
      "cus_1/.tenantry/vault.json",
      "cus_1/dev_11/x",
      "cus_1/dev_1",
      "cus_2/dev_1/x",
      "x",
    ];
    for (const action of ofObjects)
      for (const place of foreign) expect(await may(action, `${bucket}/${place}`), `${action} ${place}`).toBe(false);
    for (const prefix of ["", "cus_1", "cus_1/", "cus_1/dev_1", "cus_1/dev_2/", "cus_2/"])
      expect(await may("s3:ListBucket", bucket, { "s3:prefix": prefix }), prefix).toBe(false);
    expect(await may("s3:ListBucket", bucket)).toBe(false);
    for (const action of [
      "s3:DeleteObjectVersion",
      "s3:PutObjectRetention",
      "s3:BypassGovernanceRetention",
      "s3:PutObjectAcl",
    ])
      expect(await may(action, `${bucket}/${own}x`), action).toBe(false);
    for (const action of [
      "s3:ListBucketVersions",
      "s3:ListBucketMultipartUploads",
      "s3:DeleteBucket",
      "s3:PutBucketPolicy",
    ])
      expect(await may(action, bucket, { "s3:prefix": own }), action).toBe(false);
    for (const action of objects) expect(await may(action, `${bucketOf(plan, "NL")}/${own}x`)).toBe(false);
  });

  it("lets a session for a restore read its device's objects, and do nothing else", async () => {
    const { policy } = sessionPolicy({ bucket, region: "eu-central-1" }, [own], "read");
    const reads = (action: string, resource: string, context: Record<string, string> = {}) =>
      may(action, resource, context, { policy });
    for (const action of ofObjects)
      expect(await reads(action, `${bucket}/${own}a/b`), action).toBe(action === "s3:GetObject");
    expect(await reads("s3:ListBucket", bucket, { "s3:prefix": own })).toBe(true);
    expect(await reads("s3:GetBucketLocation", bucket)).toBe(true);
    for (const place of ["cus_1/dev_2/x", "cus_1/.tenantry/vault.json", "cus_1/dev_11/x", "cus_2/dev_1/x"])
      expect(await reads("s3:GetObject", `${bucket}/${place}`), place).toBe(false);
    for (const prefix of ["", "cus_1/", "cus_1/dev_1", "cus_1/dev_2/", "cus_2/"])
      expect(await reads("s3:ListBucket", bucket, { "s3:prefix": prefix }), prefix).toBe(false);
    const context = { "kms:ViaService": "s3.eu-central-1.amazonaws.com" };
    for (const [action, allowed] of [
      ["kms:Decrypt", true],
      ["kms:GenerateDataKey", false],
    ] as const) {
      const call = { action, resource: key.arn, policy: key.policy, context };
      expect(await isAllowed(call, statements, { ...session, policy }), action).toBe(allowed);
    }
  });

  it("opens nothing without a tag, and with a policy that says too much no more than the vault of its tag", async () => {
    const everything = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
    });
    for (const action of objects) {
      expect(await may(action, `${bucket}/${own}x`, {}, { tags: {} })).toBe(false);
      expect(await may(action, `${bucket}/cus_2/dev_1/x`, {}, { policy: everything })).toBe(false);
      expect(await may(action, `${bucket}/cus_1/dev_2/x`, {}, { policy: everything })).toBe(true);
    }
    expect(await may("s3:DeleteObjectVersion", `${bucket}/${own}x`, {}, { policy: everything })).toBe(false);
  });
});

describe("the policy of a session", () => {
  const id = (kind: string) => fc.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/).map((text) => `${kind}_${text}`);
  const at = { bucket: "tenantry-production12-vault-de-111122223333", region: "ap-southeast-2" };

  it("fits what STS takes, however many prefixes there are, and covers the first ones", () => {
    fc.assert(
      fc.property(id("cus"), fc.uniqueArray(id("dev"), { minLength: 1, maxLength: 51 }), (customer, devices) => {
        const wanted = devices.map((device) => `${customer}/${device}/`);
        const { policy, prefixes } = sessionPolicy(at, wanted, "read-write");
        expect(policy.length).toBeLessThanOrEqual(2_048);
        expect(prefixes).toEqual(wanted.slice(0, prefixes.length));
        expect(prefixes.length).toBeGreaterThanOrEqual(Math.min(wanted.length, 6));
      }),
    );
  });

  it("is never made for more than a device's prefix", () => {
    for (const prefix of [
      "",
      "/",
      "cus_1/",
      "cus_1",
      "cus_1/dev_1",
      "cus_1/*/",
      "cus_1/?/",
      "cus_1/${aws:userid}/",
      "a/b/c/",
    ])
      expect(() => sessionPolicy(at, [prefix], "read"), prefix).toThrow("prefixes of devices");
    expect(() => sessionPolicy(at, [], "read")).toThrow();
  });
});
