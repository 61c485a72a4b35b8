import * as z from "zod";

/** What an agent signs its requests to the storage with. Nobody keeps them: who has lost them asks for new ones. */
export const VaultCredentials = z
  .object({
    accessKeyId: z.string(),
    secretAccessKey: z.string(),
    sessionToken: z.string(),
    expiresAt: z.string().meta({ description: "An hour at the most; renewCredentials gives new ones in time" }),
    prefixes: z.array(z.string()).meta({
      description:
        "What they open. Others of the grant's prefixes come by renewCredentials, which can be asked for them",
    }),
  })
  .meta({ id: "VaultCredentials" });
export type VaultCredentials = z.infer<typeof VaultCredentials>;

/** What credentials are good for: a backup takes both, a restore reads. */
export type VaultAccess = "read-write" | "read";

const objectActions: Record<VaultAccess, readonly string[]> = {
  "read-write": [
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
  ],
  read: ["s3:GetObject"],
};
const keyActions: Record<VaultAccess, readonly string[]> = {
  "read-write": ["kms:GenerateDataKey", "kms:Decrypt"],
  read: ["kms:Decrypt"],
};

/** The longest session policy that STS takes, in characters. */
export const policyAtMost = 2_048;

const statements = (bucket: string, region: string, prefixes: readonly string[], access: VaultAccess) => [
  {
    Effect: "Allow",
    Action: objectActions[access],
    Resource: prefixes.map((prefix) => `arn:aws:s3:::${bucket}/${prefix}*`),
  },
  {
    Effect: "Allow",
    Action: "s3:ListBucket",
    Resource: `arn:aws:s3:::${bucket}`,
    Condition: { StringLike: { "s3:prefix": prefixes.map((prefix) => `${prefix}*`) } },
  },
  // Knows no prefix, so a condition on one would refuse it.
  { Effect: "Allow", Action: "s3:GetBucketLocation", Resource: `arn:aws:s3:::${bucket}` },
  // Which key it is the role says; a session has the rights that both give.
  {
    Effect: "Allow",
    Action: keyActions[access],
    Resource: "*",
    Condition: { StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` } },
  },
];

/**
 * The policy that limits credentials to prefixes of a bucket, and the prefixes that it covers: the first, and as many more as STS takes.
 * A prefix ends with a slash, so that none is the beginning of another's. Versions cannot be deleted, nor can uploads of others be
 * listed, since that call knows no prefix either.
 */
export function sessionPolicy(
  { bucket, region }: { bucket: string; region: string },
  prefixes: readonly string[],
  access: VaultAccess,
): { policy: string; prefixes: string[] } {
  if (prefixes.length === 0 || prefixes.some((prefix) => !/^[^/*?$]+\/[^/*?$]+\/$/.test(prefix)))
    throw new Error("Credentials are for prefixes of devices.");
  const policyOf = (covered: readonly string[]): string =>
    JSON.stringify({ Version: "2012-10-17", Statement: statements(bucket, region, covered, access) });
  const fits = prefixes.findLastIndex(
    (_prefix, index) => policyOf(prefixes.slice(0, index + 1)).length <= policyAtMost,
  );
  if (fits < 0) throw new Error("The name of the bucket is too long for a session policy.");
  const covered = prefixes.slice(0, fits + 1);
  return { policy: policyOf(covered), prefixes: covered };
}
