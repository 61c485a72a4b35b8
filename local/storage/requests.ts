import { queryOf } from "./signature.ts";

/** What a request to the storage asks for. */
export type Operation =
  | "GetBucketLocation"
  | "HeadBucket"
  | "ListObjectsV2"
  | "ListObjectVersions"
  | "ListMultipartUploads"
  | "DeleteObjects"
  | "GetObject"
  | "HeadObject"
  | "PutObject"
  | "DeleteObject"
  | "GetObjectRetention"
  | "CreateMultipartUpload"
  | "UploadPart"
  | "CompleteMultipartUpload"
  | "AbortMultipartUpload";

export interface StorageRequest {
  operation: Operation;
  bucket: string;
  key: string;
  query: Record<string, string>;
}

/** What a sub-resource stands for, by method; of objects and of buckets. Everything else that S3 knows is refused: it would need rights of its own. */
const ofObjects: Readonly<Record<string, Operation>> = {
  "GET ": "GetObject",
  "HEAD ": "HeadObject",
  "PUT ": "PutObject",
  "DELETE ": "DeleteObject",
  "GET retention": "GetObjectRetention",
  "POST uploads": "CreateMultipartUpload",
  "PUT uploadId": "UploadPart",
  "POST uploadId": "CompleteMultipartUpload",
  "DELETE uploadId": "AbortMultipartUpload",
};
const ofBuckets: Readonly<Record<string, Operation>> = {
  "GET location": "GetBucketLocation",
  "HEAD ": "HeadBucket",
  "GET list-type": "ListObjectsV2",
  "GET versions": "ListObjectVersions",
  "GET uploads": "ListMultipartUploads",
  "POST delete": "DeleteObjects",
};
/** Parameters that say which sub-resource is meant. */
const subResources = [
  ...Object.keys({ ...ofObjects, ...ofBuckets }).map((name) => name.slice(name.indexOf(" ") + 1)),
  ..."acl tagging legal-hold policy versioning lifecycle encryption cors attributes select restore torrent object-lock".split(
    " ",
  ),
  ..."ownershipControls publicAccessBlock replication website logging notification renameObject append".split(" "),
].filter((name) => name !== "");

/** What a request asks for; null where that is nothing that the local storage knows. */
export function requestOf(method: string, url: string, headers: Record<string, unknown>): StorageRequest | null {
  const [path = "/"] = url.split("?");
  const [, bucket = "", ...rest] = path.split("/").map(decodeURIComponent);
  const key = rest.join("/");
  const query = queryOf(url);
  const sub = subResources.find((name) => query[name] !== undefined) ?? "";
  const operation = (key === "" ? ofBuckets : ofObjects)[`${method} ${sub}`];
  // A copy would read another object: that takes rights which the address does not tell of.
  if (operation === undefined || bucket === "" || headers["x-amz-copy-source"] !== undefined) return null;
  return { operation, bucket, key, query };
}

/** A right that a request needs: the action, whether it is about the bucket, and the parameters that conditions may ask for. */
const rights: Readonly<Record<Operation, string>> = {
  GetBucketLocation: "GetBucketLocation",
  HeadBucket: "ListBucket",
  ListObjectsV2: "ListBucket",
  ListObjectVersions: "ListBucketVersions",
  ListMultipartUploads: "ListBucketMultipartUploads",
  DeleteObjects: "DeleteObject",
  GetObject: "GetObject",
  HeadObject: "GetObject",
  PutObject: "PutObject",
  DeleteObject: "DeleteObject",
  GetObjectRetention: "GetObjectRetention",
  CreateMultipartUpload: "PutObject",
  UploadPart: "PutObject",
  CompleteMultipartUpload: "PutObject",
  AbortMultipartUpload: "AbortMultipartUpload",
};

/** Parameters that conditions of a policy may ask for. S3 gives them to these calls only: a condition on them refuses any other. */
const conditionKeys: Partial<Record<Operation, readonly string[]>> = {
  ListObjectsV2: ["prefix", "delimiter", "max-keys"],
  ListObjectVersions: ["prefix", "delimiter", "max-keys"],
};

export interface NeededRight {
  action: string;
  resource: string;
  context: Record<string, string>;
}

/** The right that a request needs, or that one object of several needs. */
export function rightOf({ operation, bucket, key, query }: StorageRequest): NeededRight {
  const ofVersion = query["versionId"] !== undefined && ["GetObject", "HeadObject", "DeleteObject"].includes(operation);
  const context = (conditionKeys[operation] ?? []).flatMap((name): [string, string][] => {
    const value = query[name] ?? (name === "prefix" ? "" : undefined);
    return value === undefined ? [] : [[`s3:${name}`, value]];
  });
  return {
    action: `s3:${rights[operation]}${ofVersion ? "Version" : ""}`,
    resource: `arn:aws:s3:::${bucket}${key === "" ? "" : `/${key}`}`,
    context: Object.fromEntries(context),
  };
}

/** The rights on the bucket's key that an operation needs: parts of an upload are read again when they are put together. */
export const keyRights = (operation: Operation): string[] => {
  switch (operation) {
    case "GetObject":
      return ["kms:Decrypt"];
    case "PutObject":
    case "CreateMultipartUpload":
      return ["kms:GenerateDataKey"];
    case "UploadPart":
    case "CompleteMultipartUpload":
      return ["kms:GenerateDataKey", "kms:Decrypt"];
    default:
      return [];
  }
};
