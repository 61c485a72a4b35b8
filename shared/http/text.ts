import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip as gunzipWithCallback } from "node:zlib";
import { runtime } from "../runtime/function-runtime.ts";
import { contentTypeOf, type Operation } from "./contract.ts";
import { framed, type Handler } from "./operation.ts";
import { header, parseRequest } from "./parse.ts";

const gunzip = promisify(gunzipWithCallback);

/** A page that an operation answers, with the headers that belong to it. */
export interface Page {
  text: string;
  headers?: Record<string, string>;
}

/** The Lambda handler of an operation that answers anybody with a page. */
export const publicPage = (contract: Operation, page: () => Page): Handler =>
  framed(runtime, contract, async (event) => {
    parseRequest(event, contract);
    const { text, headers } = page();
    return { statusCode: 200, headers: { "content-type": contentTypeOf(contract), ...headers }, body: text };
  });

/**
 * The Lambda handler of an operation that answers anybody with a text that was packed with the function's bundle.
 * @param file name of the gzipped file beside the bundle
 * @param cacheSeconds how long browsers may keep the text
 */
export const publicFile = (contract: Operation, file: string, cacheSeconds: number): Handler => {
  let packed: Promise<Buffer> | undefined;
  return framed(runtime, contract, async (event) => {
    parseRequest(event, contract);
    packed ??= readFile(join(runtime.env.LAMBDA_TASK_ROOT, file));
    const bytes = await packed;
    const headers = {
      "content-type": contentTypeOf(contract),
      "cache-control": `public, max-age=${cacheSeconds}`,
      vary: "accept-encoding",
    };
    if (!acceptsGzip(header(event, "accept-encoding") ?? ""))
      return { statusCode: 200, headers, body: (await gunzip(bytes)).toString("utf8") };
    return {
      statusCode: 200,
      headers: { ...headers, "content-encoding": "gzip" },
      body: bytes.toString("base64"),
      isBase64Encoded: true,
    };
  });
};

/** Whether an `Accept-Encoding` header allows gzip (RFC 9110, section 12.5.3). */
function acceptsGzip(accepted: string): boolean {
  const weights = new Map(
    accepted.split(",").map((part): [string, number] => {
      const [coding = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith("q="));
      return [coding, weight === undefined ? 1 : Number(weight.slice(2))];
    }),
  );
  return (weights.get("gzip") ?? weights.get("*") ?? 0) > 0;
}

/** Where the files are that were packed with the function's bundle. */
export const codeFolder = (): string => runtime.env.LAMBDA_TASK_ROOT;
