import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as z from "zod";
import type { LocalFunction } from "../assembly/assembly.ts";
import { Refusal } from "../storage/refusal.ts";
import { xml } from "../storage/xml.ts";

export interface AwsEndpoint {
  url: string;
  stop(): Promise<void>;
}

export interface AwsEndpointOptions {
  functions: ReadonlyMap<string, LocalFunction>;
  /** Takes an asynchronous event; when it returns, the event is kept. */
  accept(functionId: string, payload: string): void;
  /** Takes a message for a queue; when it returns, the message is kept. */
  message(queue: string, body: string): void;
  /** Answers STS's AssumeRole. @throws Refusal */
  assumeRole(form: URLSearchParams): string;
}

/** AWS's limit for an asynchronous event. */
const eventLimitBytes = 1_048_576;

const SendMessage = z.object({ QueueUrl: z.string(), MessageBody: z.string() });

/**
 * Answers the calls to AWS that functions make besides those to DynamoDB, SES and S3: Lambda's Invoke for asynchronous events, SQS's
 * SendMessage, and STS's AssumeRole. An answer is given once what was sent is on disk.
 */
export async function startAwsEndpoint(options: AwsEndpointOptions): Promise<AwsEndpoint> {
  const byName = new Map([...options.functions.values()].map(({ name, id }) => [name, id]));

  const invoke = (name: string, type: string | undefined, payload: string): Answer => {
    const id = byName.get(name);
    if (id === undefined) return refusal(404, "ResourceNotFoundException", `Function not found: ${name}`);
    if (type !== "Event") return refusal(400, "InvalidParameterValueException", "Only asynchronous events are taken.");
    if (Buffer.byteLength(payload) > eventLimitBytes)
      return refusal(413, "RequestTooLargeException", `An event may have ${eventLimitBytes} bytes.`);
    options.accept(id, payload === "" ? "null" : payload);
    return { status: 202, headers: {}, body: "" };
  };
  const sendMessage = (text: string): Answer => {
    const { QueueUrl, MessageBody } = SendMessage.parse(JSON.parse(text));
    options.message(QueueUrl, MessageBody);
    const digest = createHash("md5").update(MessageBody).digest("hex");
    return {
      status: 200,
      headers: { "content-type": "application/x-amz-json-1.0" },
      body: JSON.stringify({ MessageId: randomUUID(), MD5OfMessageBody: digest }),
    };
  };
  const assume = (form: URLSearchParams): Answer => {
    const page = (status: number, body: string): Answer => ({ status, headers: { "content-type": "text/xml" }, body });
    try {
      return page(200, options.assumeRole(form));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, code, message } = error;
      return page(status, xml("ErrorResponse", { Error: { Type: "Sender", Code: code, Message: message } }));
    }
  };
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("utf8");
    const [, name] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url ?? "") ?? [];
    if (request.method === "POST" && name !== undefined)
      return invoke(decodeURIComponent(name), String(request.headers["x-amz-invocation-type"]), text);
    if (request.headers["x-amz-target"] === "AmazonSQS.SendMessage") return sendMessage(text);
    const form = new URLSearchParams(text);
    if (form.get("Action") === "AssumeRole") return assume(form);
    return refusal(400, "UnknownOperationException", "The local run does not know this operation.");
  };

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    answer(request)
      .catch((error: unknown) =>
        refusal(500, "ServiceException", error instanceof Error ? error.message : String(error)),
      )
      .then(({ status, headers, body }) => response.writeHead(status, headers).end(body))
      .catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const refusal = (status: number, code: string, message: string): Answer => ({
  status,
  headers: { "content-type": "application/json", "x-amzn-errortype": code },
  body: JSON.stringify({ __type: code, message, Message: message }),
});
