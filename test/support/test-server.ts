import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { stop as stopEsbuild } from "esbuild";
import { type DynamoDbLocal, startDynamoDbLocal } from "../../local/emulators/dynamodb.ts";

export interface TestServer {
  url: string;
  stop: () => Promise<void>;
}

/**
 * Serves what the workers of a run share: `GET /dynamodb` answers the address of the run's DynamoDB Local, which starts when the first file asks. One
 * for all workers is fast sooner than one for each, and files do not meet in it: each has a database of its own. `GET /bundles` bundles the
 * functions, once in a run, and answers the folder that holds `bundles` and `bundles.meta.json`.
 */
export async function startTestServer(): Promise<TestServer> {
  let dynamo: Promise<DynamoDbLocal> | undefined;
  let bundled: Promise<string> | undefined;
  const endpoint = async (): Promise<string> => {
    const {
      endpoint: address,
      ready,
      ended,
    } = await (dynamo ??= startDynamoDbLocal({
      databasePerKey: true,
      busy: true,
    }));
    await ready;
    // If it ends by itself, the files that use it fail, and the next one has another.
    void ended.then(() => (dynamo = undefined));
    return address;
  };
  const answers: Readonly<Record<string, () => Promise<string>>> = {
    "/dynamodb": () =>
      endpoint().catch((error: unknown) => {
        // The next file tries again.
        dynamo = undefined;
        throw error;
      }),
    "/bundles": () => (bundled ??= makeBundles()),
  };
  const server = createServer((request, response) => {
    const given = answers[request.url ?? ""];
    if (!given) return void response.writeHead(404).end();
    given().then(
      (answer) => response.end(answer),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await (await dynamo)?.stop();
    },
  };
}

async function makeBundles(): Promise<string> {
  // Beside those of an installation that runs from the same checkout. The folder is chosen when the module is loaded.
  process.env["TENANTRY_BUILD"] = ".build/test-run";
  const { bundleFunctions, bundleRoot } = await import("../../infra/bundle.ts");
  await bundleFunctions();
  // Otherwise its process would live as long as this one.
  await stopEsbuild();
  return dirname(bundleRoot);
}
