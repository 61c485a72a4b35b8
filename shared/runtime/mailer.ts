import { SendRawEmailCommand, SESClient } from "@aws-sdk/client-ses";
import { tellCalls } from "./aws-calls.ts";
import { env } from "./env.ts";

/** What came of handing a mail to SES. */
export type Handover = { detail?: string } & (
  | { outcome: "accepted"; messageId: string }
  /** SES did not take it, and says that it never will. */
  | { outcome: "refused"; problem: string }
  /** SES did not take it this time. `down`: it could not be reached, so others will fare no better. */
  | { outcome: "later"; problem: string; down: boolean }
  /** The answer was lost: it may have been accepted. */
  | { outcome: "unknown"; problem: string }
);

const { MAIL_FROM, MAIL_CONFIGURATION_SET, SES_ENDPOINT } = env();

const ses = tellCalls(
  new SESClient({
    ...(SES_ENDPOINT !== undefined && { endpoint: SES_ENDPOINT }),
    // SES knows no token that would make a second attempt harmless, so nothing below this code may repeat one.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  }),
);

/**
 * Refusals that concern this very message; whatever else SES refuses may be mended on our side. It also speaks of a rejected message where
 * the sender is not verified, as on the first day of an installation.
 */
const isFinal = ({ name = "", message = "" }: Failure): boolean =>
  name === "InvalidParameterValue" || (name === "MessageRejected" && !/verif|identit/i.test(message));
/** The connection was never made, so nothing can have been accepted. */
const neverConnected = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

interface Failure {
  name?: string;
  code?: string;
  message?: string;
  $metadata?: { httpStatusCode?: number };
}

function whatItMeans(error: Failure): Handover {
  const { name = "Error", code, message = "", $metadata } = error;
  const status = $metadata?.httpStatusCode;
  // Only the name: messages tell of addresses and roles of the installation, and whoever sees the mail sees this.
  const problem = `The mail service said ${code ?? name}.`;
  if (code !== undefined && neverConnected.has(code)) return { outcome: "later", problem, down: true };
  if (name === "TimeoutError" && message.includes("did not establish a connection"))
    return { outcome: "later", problem, down: true };
  if (status !== undefined && status >= 400 && status < 500)
    return isFinal(error) ? { outcome: "refused", problem } : { outcome: "later", problem, down: false };
  return { outcome: "unknown", problem };
}

/** Hands a raw message to SES, once. Never throws: every way that it can go has an outcome. */
export async function handOver(mailId: string, to: string, raw: Uint8Array): Promise<Handover> {
  try {
    const { MessageId } = await ses.send(
      new SendRawEmailCommand({
        Source: MAIL_FROM,
        Destinations: [to],
        RawMessage: { Data: raw },
        ConfigurationSetName: MAIL_CONFIGURATION_SET,
        // By this its events are known again, also where the answer with the message's id was lost.
        Tags: [{ Name: "mail", Value: mailId }],
      }),
    );
    return { outcome: "accepted", messageId: MessageId ?? "" };
  } catch (error) {
    const { name = "Error", message = "" } = error as Failure;
    return { ...whatItMeans(error as Failure), detail: `${name}: ${message}`.slice(0, 500) };
  }
}
