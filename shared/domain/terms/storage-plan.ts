import * as z from "zod";
import { bucketPattern, LocationCode, storageLocations } from "./locations.ts";

/** What a stage says of one location that it opens. */
export const OpenedLocation = z.strictObject({
  /** Where its S3 answers instead of at AWS's public address: an interface endpoint, or another S3-compatible store. */
  endpoint: z.url().optional(),
  /** Name of its bucket where that is not derived from the location's pattern. */
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/)
    .optional(),
});
export type OpenedLocation = z.infer<typeof OpenedLocation>;

/** Where an installation keeps data: the locations that its stage opens, and what the names of its buckets and roles are made of. */
export const StoragePlan = z.object({
  stage: z.string().min(1),
  /** The AWS account: names of buckets are unique in the whole world, so theirs end with it. */
  account: z.string().min(1),
  locations: z.partialRecord(LocationCode, OpenedLocation),
});
export type StoragePlan = z.infer<typeof StoragePlan>;

/** All locations, each as it comes. */
export const everyLocation = (): StoragePlan["locations"] =>
  Object.fromEntries(LocationCode.options.map((code) => [code, {}]));

/** The locations that are not opened by the stage: nothing can be stored there, whatever the provider's settings say. */
export const unopened = ({ locations }: StoragePlan): LocationCode[] =>
  LocationCode.options.filter((code) => locations[code] === undefined);

/** A location, or what stands for any of them in a policy. */
type Code = LocationCode | "??";

const locationOf = (code: LocationCode) => {
  const found = storageLocations.find((location) => location.code === code);
  if (!found) throw new Error(`There is no storage location ${code}.`);
  return found;
};

/** Names by their pattern: `{stage}`, `{location}` and `{account}` are replaced. */
const named = (pattern: string, { stage, account }: StoragePlan, code: Code): string =>
  pattern.replace("{stage}", stage).replace("{location}", code.toLowerCase()).replace("{account}", account);

/** The bucket of a location. */
export const bucketOf = (plan: StoragePlan, code: Code): string =>
  (code === "??" ? undefined : plan.locations[code]?.bucket) ?? named(bucketPattern, plan, code);

/** The role that leave to write into a location's bucket is derived from. */
export const vaultRoleName = (plan: Pick<StoragePlan, "stage">, code: Code): string =>
  `tenantry-${plan.stage}-vault-${code.toLowerCase()}`;
export const vaultRoleArn = (plan: StoragePlan, code: Code): string =>
  `arn:aws:iam::${plan.account}:role/${vaultRoleName(plan, code)}`;

/** Where an agent reaches the bucket of a location. */
export const endpointOf = (plan: StoragePlan, code: LocationCode): string =>
  plan.locations[code]?.endpoint ?? `https://s3.${locationOf(code).region}.amazonaws.com`;

export const regionOf = (code: LocationCode): string => locationOf(code).region;
