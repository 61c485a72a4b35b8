import { createHash } from "node:crypto";
import * as z from "zod";
import { DomainError, type FieldError } from "../domain/terms/errors.ts";
import { type BranchOf, changes, type Contract, type FileMedia, methodOf } from "./contract.ts";

/** The parts of API Gateway's event (payload format 2.0) that an operation reads. */
export interface HttpEvent {
  rawPath: string;
  headers: Record<string, string | undefined>;
  /** `name=value`, one each. */
  cookies?: string[] | undefined;
  queryStringParameters?: Record<string, string | undefined> | undefined;
  pathParameters?: Record<string, string | undefined> | undefined;
  body?: string | undefined;
  isBase64Encoded: boolean;
  requestContext: { requestId: string; http: { method: string; path: string; sourceIp: string; userAgent: string } };
}

const maxBodyBytes = 256 * 1024;

/** A file as it was sent. */
export interface FileBody {
  type: FileMedia;
  bytes: Uint8Array;
}
/** The body of an operation that takes a file. */
export const FileBody = z.custom<FileBody>((value) => value !== undefined);

/** A header by its lower-case name. */
export const header = (event: HttpEvent, name: string): string | undefined => {
  for (const [key, value] of Object.entries(event.headers)) if (key.toLowerCase() === name) return value;
  return undefined;
};

/** Says of what is missing that it is, where the schema would speak of types. */
const missing = ({ code, input }: { code: string; input?: unknown }): string | undefined =>
  code === "invalid_type" && input === undefined ? "is required" : undefined;

const placeOf = (path: readonly PropertyKey[]): string => path.map(String).join(".");

/** Every complaint of a failed parse as field errors; an unknown field is named by its own path. */
export const fieldErrors = (error: z.core.$ZodError, prefix: readonly string[] = []): FieldError[] =>
  error.issues.flatMap((issue): FieldError[] =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({
          path: placeOf([...prefix, ...issue.path, key]),
          message: "is not a field of this request",
          code: "unknown_field",
        }))
      : [{ path: placeOf([...prefix, ...issue.path]), message: issue.message, code: issue.code }],
  );

const accepted = (contract: Contract): readonly string[] =>
  methodOf(contract) === "PATCH" ? ["application/json", "application/merge-patch+json"] : ["application/json"];

/** @throws DomainError payload_too_large */
function bodyBytes(event: HttpEvent, atMost: number): Uint8Array {
  const bytes = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  if (bytes.length > atMost) throw new DomainError("payload_too_large", `A body may have ${atMost} bytes.`);
  return bytes;
}

/** The body's bytes as text. @throws DomainError payload_too_large | malformed_json */
function bodyText(event: HttpEvent): string {
  const bytes = bodyBytes(event, maxBodyBytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new DomainError("malformed_json", "The body is not UTF-8.");
  }
}

/** The media type that a request says its body has, in small letters and without parameters; empty where it says none. */
const mediaTypeOf = (event: HttpEvent): string =>
  (header(event, "content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";

/** The body as a file. @throws DomainError payload_too_large | unsupported_media_type */
function fileBody(event: HttpEvent, { types, maxBytes }: NonNullable<Contract["file"]>): FileBody {
  const bytes = bodyBytes(event, maxBytes);
  const told = mediaTypeOf(event);
  const type = types.find((one) => one === told);
  if (type === undefined) throw new DomainError("unsupported_media_type", `Send ${types.join(" or ")}.`);
  return { type, bytes };
}

/** The body as JSON; undefined without one. @throws DomainError payload_too_large | unsupported_media_type | malformed_json */
function jsonBody(event: HttpEvent, contract: Contract): unknown {
  const text = bodyText(event);
  if (contract.body === undefined) {
    if (text.trim() !== "" && text.trim() !== "{}")
      throw new DomainError("invalid_request", "This operation takes no body.");
    return undefined;
  }
  if (!accepted(contract).includes(mediaTypeOf(event)))
    throw new DomainError("unsupported_media_type", `Send ${accepted(contract).join(" or ")}.`);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new DomainError("malformed_json", "The body is not JSON.");
  }
}

/** A request as its contract describes it. */
export interface Parsed {
  params: unknown;
  query: unknown;
  body: unknown;
  /** The body before it was parsed by its schema, for comparing requests; of a file its digest. */
  json: unknown;
}

/**
 * Parses all parts of a request, so that one answer names all that is wrong with it.
 * @throws DomainError invalid_request | malformed_json | payload_too_large | unsupported_media_type
 */
export function parseRequest(event: HttpEvent, contract: Contract): Parsed {
  const errors: FieldError[] = [];
  const check = (schema: z.ZodType | undefined, value: unknown): unknown => {
    const result = schema?.safeParse(value, { error: missing });
    if (result && !result.success) errors.push(...fieldErrors(result.error));
    return result?.data;
  };
  const file = contract.file && fileBody(event, contract.file);
  const json = changes(contract) && !contract.form && !file ? jsonBody(event, contract) : undefined;
  const given = event.queryStringParameters ?? {};
  if (!contract.query)
    for (const name of Object.keys(given))
      errors.push({ path: name, message: "is not a parameter of this request", code: "unknown_field" });
  const parsed: Parsed = {
    params: check(contract.params, event.pathParameters ?? {}),
    query: check(contract.query, given),
    body: check(contract.body, file ?? json),
    json: file ? { type: file.type, sha256: createHash("sha256").update(file.bytes).digest("hex") } : json,
  };
  if (errors.length > 0)
    throw new DomainError("invalid_request", "The request does not fit its description; see errors.", errors);
  return parsed;
}

/** A value within JSON by its path, as far as there is one. */
const within = (json: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, name) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined,
    json,
  );

/** A value within the body, as far as there is one that can be read: what is wrong with it is said once the caller is known. */
const bodyValue = (event: HttpEvent, contract: Contract, path: readonly string[]): unknown => {
  if (contract.file) return undefined;
  try {
    return within(jsonBody(event, contract), path);
  } catch {
    return undefined;
  }
};

/** A value from where a contract says that it stands, as it came and unparsed. */
export function valueAt(event: HttpEvent, contract: Contract, place: BranchOf | undefined): string | undefined {
  if (place === undefined || place === "scope") return undefined;
  const [part, ...path] = place.split(".");
  const name = path.join(".");
  if (part === "params") return event.pathParameters?.[name];
  if (part === "query") return event.queryStringParameters?.[name];
  const value = bodyValue(event, contract, path);
  return typeof value === "string" ? value : undefined;
}

/** The ids in the list of a request where its contract says that it names things, as they came; none of a list that is too long. */
export function namedIn(event: HttpEvent, contract: Contract): string[] {
  if (!contract.named) return [];
  const { list: place, atMost } = contract.named;
  const [part, ...path] = place.split(".");
  const list: unknown =
    part === "query" ? event.queryStringParameters?.[path.join(".")]?.split(",") : bodyValue(event, contract, path);
  if (!Array.isArray(list) || list.length > atMost) return [];
  const ids: unknown[] = part === "query" ? list : list.map((element) => within(element, ["id"]));
  return ids.filter((id) => typeof id === "string");
}

/** The places at which a request may name its branch. */
export const branchPlaces = ({ branch }: Pick<Contract, "branch">): readonly BranchOf[] =>
  branch === undefined ? [] : typeof branch === "string" ? [branch] : branch;

/** All that a request names as its branch, in the order of its contract's places. */
export const namedBranches = (event: HttpEvent, contract: Contract): string[] =>
  branchPlaces(contract).flatMap((place) => valueAt(event, contract, place) ?? []);
