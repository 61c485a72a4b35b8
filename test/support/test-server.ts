import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type DynamoDbLocal, startDynamoDbLocal } from "../../local/emulators/dynamodb.ts";

/** Databases stay in memory until their DynamoDB Local ends, so one serves no more files than this. */
const filesPerDynamo = 25;

export interface TestServer {
  url: string;
  stop: () => Promise<void>;
}

/**
 * Serves what the workers of a run share. `GET /dynamodb/<worker>` answers the address of that worker's DynamoDB Local; each file asks once,
 * and a worker has one file at a time.
 */
export async function startTestServer(): Promise<TestServer> {
  const dynamos = new Map<string, { started: Promise<DynamoDbLocal>; files: number }>();
  const endpointFor = async (worker: string): Promise<string> => {
    let dynamo = dynamos.get(worker);
    if (dynamo && dynamo.files >= filesPerDynamo) {
      dynamos.delete(worker);
      await (await dynamo.started).stop();
      dynamo = undefined;
    }
    dynamo ??= { started: startDynamoDbLocal({ databasePerKey: true }), files: 0 };
    dynamos.set(worker, dynamo);
    dynamo.files += 1;
    const { endpoint, ready } = await dynamo.started;
    await ready;
    return endpoint;
  };
  const server = createServer((request, response) => {
    const worker = /^\/dynamodb\/(\w+)$/.exec(request.url ?? "")?.[1];
    if (worker === undefined) return void response.writeHead(404).end();
    endpointFor(worker).then(
      (endpoint) => response.end(endpoint),
      (error: unknown) => {
        dynamos.delete(worker);
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
      await Promise.all([...dynamos.values()].map(async ({ started }) => (await started).stop()));
    },
  };
}
