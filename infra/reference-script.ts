import { promisify } from "node:util";
import { gzip as gzipWithCallback } from "node:zlib";
import scalar from "@scalar/fastify-api-reference";
import fastify from "fastify";

const gzip = promisify(gzipWithCallback);

/**
 * The script that draws the API's reference, gzipped. Scalar publishes it in packages that serve it, so one of them is asked for it once, at
 * build time; the package that holds it as a file would bring 270 others along.
 * @throws Error where the package serves no script
 */
export async function referenceScript(): Promise<Buffer> {
  const app = fastify();
  try {
    await app.register(scalar, { routePrefix: "/reference", configuration: { url: "/" } });
    const { statusCode, rawPayload } = await app.inject("/reference/js/scalar.js");
    if (statusCode !== 200) throw new Error(`@scalar/fastify-api-reference answers ${statusCode} for its script`);
    return await gzip(rawPayload, { level: 9 });
  } finally {
    await app.close();
  }
}
