import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";

/*
 * The clients of Lambda and SQS as the relay uses them, before a server that loses an answer after it has taken what was sent.
 */
let startFunction: typeof import("../../../shared/runtime/functions.ts").startFunction;
let parkEvent: typeof import("../../../shared/runtime/queue.ts").parkEvent;
/** What every function needs to start. */
const needed = {
  TABLE_NAME: "tenantry-test",
  STAGE: "test",
  LOG_LEVEL: "ERROR",
  RATE_LIMIT_PER_MINUTE: "1000",
  MAIL_FROM: "",
  MAIL_CONFIGURATION_SET: "tenantry-test",
  MAIL_RATE_PER_SECOND: "1",
  PUBLIC_URL: "",
  ACCOUNT_ID: "111122223333",
  STORAGE_LOCATIONS: "{}",
  SEAL_KEY_ID: "none",
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
};
const taken: string[] = [];
/** How many of the next answers are lost. */
let losing = 0;
const bodyOf = (request: string): string => (JSON.parse(request) as { MessageBody: string }).MessageBody;
const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const text = Buffer.concat(chunks).toString();
    taken.push(text);
    losing -= 1;
    if (losing >= 0) response.destroy();
    else if (request.url?.includes("/invocations")) response.writeHead(202).end();
    else {
      const MD5OfMessageBody = createHash("md5").update(bodyOf(text)).digest("hex");
      const answer = JSON.stringify({ MessageId: "1", MD5OfMessageBody });
      response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end(answer);
    }
  });
});
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  for (const [name, value] of Object.entries(needed)) vi.stubEnv(name, value);
  vi.stubEnv("AWS_LOCAL_ENDPOINT", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv("FAILURES_QUEUE_URL", "http://queue.example/failures");
  ({ startFunction } = await import("../../../shared/runtime/functions.ts"));
  ({ parkEvent } = await import("../../../shared/runtime/queue.ts"));
});
beforeEach(() => void taken.splice(0));
afterAll(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});
const sendMail = { id: "sendMail", area: "stream" };

test("a hand-over whose answer is lost after it took effect is made again: the consumer gets the batch twice", async () => {
  losing = 1;
  await startFunction(sendMail, '{"Records":[]}');
  expect(taken).toEqual(['{"Records":[]}', '{"Records":[]}']);
});

test("a hand-over fails once the answers of four tries were lost", async () => {
  losing = 99;
  await expect(startFunction(sendMail, '{"Records":[]}')).rejects.toThrow();
  expect(taken).toHaveLength(4);
});

test("the largest event that can be handed on fits into a message, whatever it says", async () => {
  losing = 0;
  const event = { Records: [{ name: '"'.repeat(400_000) + "\uFFFE\uFFFF\u0000\uD800" }] };
  const payload = JSON.stringify(event);
  await parkEvent({ consumer: "sendMail", reason: "TimeoutError", payload });
  const message = bodyOf(taken[0] ?? "");
  expect(JSON.parse(message)).toEqual({ consumer: "sendMail", reason: "TimeoutError", event });
  expect(Buffer.byteLength(message)).toBeLessThan(Buffer.byteLength(payload) + 200);
  // The characters that SQS takes, by its documentation.
  expect(message).toMatch(/^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u);
});
