import { createHash, createHmac, type Hash, type Hmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { SignatureV4 } from "@smithy/signature-v4";
import type { KeyPair } from "./sessions.ts";

/** A request as it was sent. */
export interface SignedRequest {
  method: string;
  /** Path and query as they stand in the request line. */
  url: string;
  headers: IncomingHttpHeaders;
}

/** What a request says of its signature. */
export interface Claim {
  accessKeyId: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
  signedAt: Date;
  sessionToken: string | undefined;
}

const form =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request,\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/;
const time = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(",") : value;

/** What a request says of its signature; null: it has none of the kind that clients of today send. */
export function claimOf({ headers }: SignedRequest): Claim | null {
  const [, accessKeyId, region, service, signed, signature] = form.exec(headers.authorization ?? "") ?? [];
  const [, ...parts] = time.exec(one(headers["x-amz-date"]) ?? "") ?? [];
  const [year, month, day, hour, minute, second] = parts.map(Number);
  if (!accessKeyId || !region || !service || !signed || !signature || year === undefined || month === undefined)
    return null;
  return {
    accessKeyId,
    region,
    service,
    signedHeaders: signed.split(";"),
    signature,
    signedAt: new Date(Date.UTC(year, month - 1, day, hour, minute, second)),
    sessionToken: one(headers["x-amz-security-token"]),
  };
}

/** SHA-256 as the signer wants it. */
class Sha256 {
  #hash: Hash | Hmac;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = secret === undefined ? undefined : typeof secret === "string" ? secret : Buffer.from(bytesOf(secret));
    this.#hash = key === undefined ? createHash("sha256") : createHmac("sha256", key);
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === "string" ? data : bytesOf(data));
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }
  reset(): void {
    this.#hash = createHash("sha256");
  }
}
const bytesOf = (data: ArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);

/** The parameters of a query, decoded. */
export function queryOf(url: string): Record<string, string> {
  const mark = url.indexOf("?");
  if (mark < 0) return {};
  const pairs = url
    .slice(mark + 1)
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair): [string, string] => {
      const [name = "", ...value] = pair.split("=");
      return [decodeURIComponent(name), decodeURIComponent(value.join("="))];
    });
  return Object.fromEntries(pairs);
}

/** Whether a request was signed with a key pair: it is signed once more, and both signatures must be the same. */
export async function isSignedWith(request: SignedRequest, claim: Claim, keys: KeyPair): Promise<boolean> {
  const { region, service, signedHeaders, signature, signedAt, sessionToken } = claim;
  if (!signedHeaders.includes("host")) return false;
  const headers = Object.fromEntries(signedHeaders.map((name) => [name, one(request.headers[name]) ?? ""]));
  // What says how the body is covered must be signed itself, and so must the session.
  if (headers["x-amz-content-sha256"] === undefined) return false;
  if (sessionToken !== undefined && headers["x-amz-security-token"] === undefined) return false;
  const signer = new SignatureV4({
    service,
    region,
    credentials: { ...keys, ...(sessionToken !== undefined && { sessionToken }) },
    sha256: Sha256,
    uriEscapePath: false,
  });
  const [path = "/"] = request.url.split("?");
  const signed = await signer.sign(
    { method: request.method, protocol: "http:", hostname: "", path, query: queryOf(request.url), headers },
    { signingDate: signedAt, signableHeaders: new Set(signedHeaders) },
  );
  const [, , , , , expected = ""] = form.exec(signed.headers["authorization"] ?? "") ?? [];
  return expected.length === signature.length && timingSafeEqual(Buffer.from(expected), Buffer.from(signature));
}
