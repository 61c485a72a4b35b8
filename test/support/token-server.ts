import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { LocationCode } from "../../shared/domain/terms/locations.ts";
import { vaultRoleArn } from "../../shared/domain/terms/storage-plan.ts";
import { createSessions } from "../../local/storage/sessions.ts";
import { assumeRole } from "../../local/storage/token-service.ts";
import { storagePlan } from "./storage-plan.ts";

/** Seals the sessions of tests. */
export const testSessions = createSessions(Buffer.alloc(32, 1));

/** The address of an STS that begins sessions as the roles of all locations. It does not keep the process alive. */
export async function startTokenServer(now: () => number): Promise<string> {
  const roles = new Map(LocationCode.options.map((code) => [vaultRoleArn(storagePlan, code), []]));
  const server = createServer((request, response) => {
    void (async () => {
      let text = "";
      for await (const chunk of request as AsyncIterable<Buffer>) text += chunk.toString("utf8");
      response.end(assumeRole({ sessions: testSessions, roles, now }, new URLSearchParams(text)));
    })();
  });
  server.listen(0, "127.0.0.1");
  server.unref();
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
