import type * as z from "zod";
import type { ErrorCode } from "../domain/terms/errors.ts";
import type { Permission } from "../domain/access/roles.ts";
import type { Deprecation } from "./stability.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
export type Route = `${Method} /${string}`;

/** Calls to the storage, by the rights that they need. */
type VaultAction =
  /** Of manifests only. */
  | "PutObject"
  | "GetObject"
  | "GetBucketLocation"
  | "ListBucketVersions"
  | "ListBucketMultipartUploads"
  | "DeleteObjectVersion"
  | "GetObjectRetention"
  | "AbortMultipartUpload";

/** What a function may do in AWS. `table:UpdateItem` and `table:DeleteItem` leave out the log and the log of access. The synthesized policies are derived from this, and a test compares both with the calls made. */
export type Grant =
  | "table:GetItem"
  | "table:BatchGetItem"
  | "table:Query"
  | "table:PutItem"
  | "table:UpdateItem"
  | "table:DeleteItem"
  | "table:ConditionCheckItem"
  /** Only items whose partition key begins with `RATE#` or `ACCESS#`. */
  | "rate:UpdateItem"
  /** Only when a session or a key was used last: no attribute but `pk`, `sk`, `lastSeenAt`. */
  | "seen:UpdateItem"
  /** Only the index of words, and what is remembered of it. */
  | "find:BatchWriteItem"
  /** Only the timers of log entries. */
  | "log:UpdateItem"
  /** Only a record's hint: no attribute but `pk`, `sk`, `parentId` and `ancestors`. */
  | "hint:UpdateItem"
  | "due:Query"
  | "history:Query"
  /** As the installation's sender, under its configuration set. */
  | "mail:SendRawEmail"
  /** The roles that leave to write into vaults is derived from. */
  | "vault:AssumeRole"
  /** Objects in the buckets of vaults. */
  | `vault:${VaultAction}`
  /** Under the key that seals what only the sender of mails may read again. */
  | "seal:Encrypt"
  | "seal:Decrypt";

/**
 * What a change of an account, or of what one holds, does to the table. Where the account is on its way to another customer, what is changed is
 * brought there first, whatever the change itself needs.
 */
export const changeOfHeld = [
  "table:BatchGetItem",
  "table:Query",
  "table:PutItem",
  "table:UpdateItem",
  "table:DeleteItem",
  "table:ConditionCheckItem",
] as const satisfies Grant[];

/**
 * Where a request names the customer in whose branch it works, or something that belongs to one; `scope` is the credential's own
 * customer. A place in the body may lie deeper: `body.customer.parentId`.
 */
export type BranchOf = `params.${string}` | `query.${string}` | `body.${string}` | "scope";

/** What an operation answers instead of JSON. Its body's schema is then a string. */
export type TextMedia =
  "text/html" | "text/plain" | "text/javascript" | "text/csv" | "application/x-ndjson" | "application/xml";
/** A file that is no text: the operation returns it in Base64. */
export type BinaryMedia = "application/pdf";

/** What a file that is sent may be. */
export type FileMedia = "text/csv" | "application/x-ndjson" | "application/octet-stream";

/** One operation of the API, as data. Routes, functions, OpenAPI, permission tests and the local server are derived from it. */
export interface Contract {
  route: Route;
  /** A few words in the imperative, as they stand in the reference's menu. */
  summary: string;
  /** What the operation does and when it refuses, in Markdown, for those who call it. */
  description: string;
  /** What the caller's role must hold; `none`: any valid API key or user; `self`: a user who has logged in, also one who has to do something first; `device`: a device's token; `server`: a storage server's; `public`: no credential. */
  permission: Permission | "none" | "self" | "device" | "server" | "public";
  /** Whoever has logged in by an account may call it, for that account and what belongs to it; `only`: and nobody else. */
  portal?: true | "only";
  /** A change that is let through while the caller's own customer, or a level above it, is deactivated. */
  whileDeactivated?: true;
  /** A user must have proved who it is within the last minutes: by logging in, or by `POST /v1/me/proof`. */
  needsProof?: true;
  /** Several where a request names its branch in one of them. */
  branch?: BranchOf | readonly BranchOf[];
  /** Where a request names a customer of its branch by external reference. */
  reference?: BranchOf;
  /** Where a request names what it is about, if that has no part in who may see it: it is read along with the credential. */
  about?: BranchOf;
  /** Where a request has a list of things that it names, and how many it may name: in the body each by its `id`, in the query as ids with commas between. */
  named?: { list: `body.${string}` | `query.${string}`; atMost: number };
  /** Where a request names a login that is to be looked for. */
  login?: BranchOf;
  /** It will go. */
  deprecated?: Deprecation;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** It is sent by a form or a mail program, whatever the body says (RFC 8058): only the address counts. */
  form?: true;
  /** It takes `dryRun` as a part of what is asked for, and stores it: what it starts later changes nothing. */
  keepsDryRun?: true;
  /** The body is a file instead of JSON: `body` is then `FileBody`. */
  file?: { types: readonly FileMedia[]; maxBytes: number };
  success: { status: 200 | 201 | 202; body: z.ZodType; description?: string; media?: TextMedia | BinaryMedia };
  /** Other successes: 200 where an operation may find that it is so already, 202 where somebody has to approve. */
  alsoSuccess?: 200 | readonly (200 | 202)[];
  /** Refusals beside those that every operation of its kind can give (see `errorsOf`). */
  errors: readonly ErrorCode[];
  grants: readonly Grant[];
}

/** A contract with what follows from its place: area and operation id. */
export type Operation<C extends Contract = Contract> = C & { id: string; area: string };

/** Names an area's operations. The operation's file is `functions/<area>/<kebab-case id>.ts`, its handler export `handler`. */
export function defineArea<const Contracts extends Record<string, Contract>>(
  area: string,
  contracts: Contracts,
): { [Id in keyof Contracts & string]: Operation<Contracts[Id]> & { id: Id } } {
  return Object.fromEntries(
    Object.entries(contracts).map(([id, contract]) => [id, { ...contract, id, area }]),
  ) as never;
}

/** File of an operation relative to the project: `createCustomer` of `customers` is `functions/customers/create-customer.ts`. */
export const operationFile = ({ area, id }: { area: string; id: string }): string =>
  `functions/${area}/${id.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`;

/** Every status that an operation succeeds with, the usual one first. */
export const successesOf = ({ success, alsoSuccess = [] }: Pick<Contract, "success" | "alsoSuccess">): number[] => [
  success.status,
  ...[alsoSuccess].flat(),
];

/** The media type of what an operation answers where it succeeds. */
export const contentTypeOf = (contract: Pick<Contract, "success">): string => {
  const { media } = contract.success;
  if (media === undefined) return "application/json";
  return isBinary(contract) ? media : `${media}; charset=utf-8`;
};
/** Whether an operation answers a file that is no text. */
export const isBinary = ({ success: { media } }: Pick<Contract, "success">): boolean => media === "application/pdf";

export const methodOf = ({ route }: Pick<Contract, "route">): Method => route.slice(0, route.indexOf(" ")) as Method;
export const pathOf = ({ route }: Pick<Contract, "route">): string => route.slice(route.indexOf(" ") + 1);
/** Whether an operation changes something: every method but GET. */
export const changes = (contract: Pick<Contract, "route">): boolean => methodOf(contract) !== "GET";

/** All that an operation's function may do: what its contract says; with a credential also count its requests and mend hints. */
export const grantsOf = ({ permission, grants }: Pick<Contract, "permission" | "grants">): Grant[] => {
  if (permission === "public") return [...grants];
  // Requests of devices and storage servers are counted by each function for itself: there are many devices, and each asks seldom. A call with a superseded
  // token is told at the device, whatever the call is about.
  const own: Grant[] =
    permission === "device"
      ? ["table:BatchGetItem", "table:PutItem", "table:UpdateItem"]
      : permission === "server"
        ? []
        : ["rate:UpdateItem", "seen:UpdateItem"];
  return [...new Set<Grant>([...grants, ...own, "hint:UpdateItem"])];
};

/** Whether what a caller may do is a matter of its role. */
export const isByRole = (permission: Contract["permission"]): permission is Permission =>
  permission !== "none" &&
  permission !== "self" &&
  permission !== "public" &&
  permission !== "device" &&
  permission !== "server";

/** Whether an operation is for programs and people, and not for machines. */
export const isForPeople = ({ permission }: Pick<Contract, "permission">): boolean =>
  permission !== "public" && permission !== "device" && permission !== "server";

/** Whether an operation is refused while the caller's own customer, or a level above it, is deactivated: those who are may read, and see to their own access. */
export const needsActiveBranch = (contract: Pick<Contract, "route" | "permission" | "whileDeactivated">): boolean =>
  changes(contract) &&
  isForPeople(contract) &&
  contract.permission !== "self" &&
  contract.whileDeactivated === undefined;

/** Every code that an operation can answer with: its own and those of the pipeline. */
export function errorsOf(contract: Contract): ErrorCode[] {
  const codes = new Set<ErrorCode>([...contract.errors, "invalid_request", "unavailable", "internal"]);
  if (contract.permission !== "public") {
    for (const code of ["unauthenticated", "rate_limited"] as const) codes.add(code);
    if (isByRole(contract.permission) || (isForPeople(contract) && contract.portal !== true)) codes.add("forbidden");
    if (contract.portal === "only") codes.add("password_change_required");
    if (isForPeople(contract)) {
      if (changes(contract)) codes.add("cross_site_request");
      if (contract.permission !== "self")
        for (const code of ["password_change_required", "second_factor_required"] as const) codes.add(code);
      if (needsActiveBranch(contract)) codes.add("branch_deactivated");
      if (contract.needsProof) codes.add("proof_required");
    }
    if (contract.permission === "device") codes.add("credential_superseded");
    if (contract.branch !== undefined) codes.add("not_found");
  }
  if (contract.body) codes.add("unsupported_media_type");
  if (changes(contract) && !contract.form)
    for (const code of [
      "malformed_json",
      "payload_too_large",
      "conflict",
      "idempotency_key_reused",
      "customer_deleted",
    ] as const)
      codes.add(code);
  if (["PUT", "PATCH", "DELETE"].includes(methodOf(contract))) codes.add("precondition_failed");
  return [...codes].sort();
}
