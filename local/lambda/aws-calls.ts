import { isRecord, type Json } from "../assembly/intrinsics.ts";

/** Names of the document client's commands where they differ from those of the API. */
const documentNames: Readonly<Record<string, string>> = {
  Get: "GetItem",
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  BatchGet: "BatchGetItem",
  BatchWrite: "BatchWriteItem",
  TransactGet: "TransactGetItems",
  TransactWrite: "TransactWriteItems",
};
/** The rights that the parts of a transaction need. There is none for the transaction itself. */
const transactRights: Readonly<Record<string, string>> = {
  Get: "GetItem",
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
};

/**
 * The rights that a call needs, each as `dynamodb:Query table/name/index/due` or `dynamodb:UpdateItem table/name`, and with the leading key's
 * kind (`RATE#`) as a third word where it has one, since a policy may be limited to it; calls to SES, KMS and SQS as `ses:SendRawEmail`, `kms:Encrypt` and `sqs:SendMessage`, those to Lambda with the name of the function, those to S3 with the
 * bucket and the key, and those to STS with the role.
 */
export function rightsOfCall(command: string, input: unknown): string[] {
  const given = command.replace(/Command$/, "");
  const name = documentNames[given] ?? given;
  if (!isRecord(input)) return [name];
  if (Array.isArray(input.TransactItems)) {
    return input.TransactItems.flatMap((item: Json) =>
      Object.entries(item).map(([part, request]) => right(transactRights[part] ?? part, request)),
    );
  }
  if (isRecord(input.RequestItems)) {
    return Object.entries(input.RequestItems).flatMap(([TableName, requests]) => {
      if (Array.isArray(requests))
        return requests.flatMap((request: Json) =>
          Object.values(request).map((part) => right(name, isRecord(part) ? { TableName, ...part } : part)),
        );
      const keys: unknown[] = isRecord(requests) && Array.isArray(requests.Keys) ? requests.Keys : [{}];
      return keys.map((Key) => right(name, { TableName, Key }));
    });
  }
  if (typeof input.TableName === "string") return [right(name, input)];
  if (typeof input.Bucket === "string") return storageRights(name, input.Bucket, input);
  if (typeof input.RoleArn === "string")
    return ["sts:AssumeRole", "sts:TagSession"].map((one) => `${one} ${input.RoleArn}`);
  if (typeof input.FunctionName === "string") return [`lambda:InvokeFunction ${input.FunctionName}`];
  if (typeof input.QueueUrl === "string") return [`sqs:${name}`];
  if (typeof input.KeyId === "string") return [`kms:${name}`];
  return [name.startsWith("Send") ? `ses:${name}` : name];
}

/** What S3's calls are named otherwise than the rights that they need. */
const storageNames: Readonly<Record<string, string>> = {
  ListObjectVersions: "ListBucketVersions",
  ListMultipartUploads: "ListBucketMultipartUploads",
};

/** The rights that a call to S3 needs: one for each object that it is about. */
function storageRights(name: string, bucket: string, { Key, Delete }: Json): string[] {
  if (isRecord(Delete) && Array.isArray(Delete.Objects))
    return Delete.Objects.map((object: Json) => {
      const action = object.VersionId === undefined ? "DeleteObject" : "DeleteObjectVersion";
      return `s3:${action} ${bucket}/${String(object.Key)}`;
    });
  return [`s3:${storageNames[name] ?? name} ${bucket}${typeof Key === "string" ? `/${Key}` : ""}`];
}

function right(action: string, request: unknown): string {
  if (!isRecord(request)) return `dynamodb:${action}`;
  const index = typeof request.IndexName === "string" ? `/index/${request.IndexName}` : "";
  const key = isRecord(request.Key) ? request.Key : isRecord(request.Item) ? request.Item : {};
  const partition = isRecord(key.pk) ? key.pk.S : key.pk;
  const kind = typeof partition === "string" ? /^[A-Z]+#/.exec(partition)?.[0] : undefined;
  return `dynamodb:${action} table/${String(request.TableName)}${index}${kind === undefined ? "" : ` ${kind}`}`;
}
