import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type DynamoDbLocal, startDynamoDbLocal } from "../../local/emulators/dynamodb.ts";

export interface TestServer {
  url: string;
  stop: () => Promise<void>;
}

/**
 * Serves what the workers of a run share: `GET /dynamodb` answers the address of the run's DynamoDB Local, which starts when the first file asks. One
 * for all workers is fast sooner than one for each, and files do not meet in it: each has a database of its own.
 */
export async function startTestServer(): Promise<TestServer> {
  let dynamo: Promise<DynamoDbLocal> | undefined;
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
  const server = createServer((request, response) => {
    if (request.url !== "/dynamodb") return void response.writeHead(404).end();
    endpoint().then(
      (address) => response.end(address),
      (error: unknown) => {
        // The next file tries again.
        dynamo = undefined;
        response.writeHead(500).end(String(error));
      },
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
