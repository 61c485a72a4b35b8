import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from "node:tls";
import { generate } from "selfsigned";
import standardWebhooks from "standardwebhooks";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { CallOutcome } from "../../../shared/runtime/webhooks.ts";
import { startTestApi } from "../../support/api.ts";

/*
 * Webhooks of production are called over TLS, at an address that was looked up and checked beforehand. The receiver here stands on this
 * machine, under names that the test answers itself, with certificates of an authority that the process trusts only during the test.
 */
const name = "hooks.example.com";
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const body = JSON.stringify({ type: "CustomerCreated" });
const hourMs = 3_600_000;
interface Certificate {
  private: string;
  cert: string;
}
const newAuthority = (): Promise<Certificate> =>
  generate([{ name: "commonName", value: "Test authority" }], {
    algorithm: "sha256",
    extensions: [{ name: "basicConstraints", cA: true, critical: true }],
  });
/** A certificate for a name, and its key. */
const newCertificate = ({ private: key, cert }: Certificate, of: string, notAfter: number): Promise<Certificate> =>
  generate([{ name: "commonName", value: of }], {
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - 2 * hourMs),
    notAfterDate: new Date(notAfter),
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: of }] }],
    ca: { key, cert },
  });

let callWebhook: typeof import("../../../shared/runtime/webhooks.ts").callWebhook;
let trusted: Certificate;
const before = getCACertificates();
beforeAll(async () => {
  // Sets the environment that functions read when they are loaded.
  await startTestApi();
  ({ callWebhook } = await import("../../../shared/runtime/webhooks.ts"));
  trusted = await newAuthority();
  setDefaultCACertificates([...before, trusted.cert]);
});
afterAll(() => {
  setDefaultCACertificates(before);
});

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

interface Tried {
  outcome: CallOutcome;
  /** What the receiver has read, with the name that it was asked for. */
  received: { servername: unknown; host: string | undefined; headers: Record<string, string>; text: string }[];
}
/** Calls `https://hooks.example.com`, which stands for this machine, at a receiver that has the given certificate. */
async function calledWith({ private: key, cert }: Certificate): Promise<Tried> {
  const received: Tried["received"] = [];
  const server = createServer({ key, cert }, (request, answer) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { servername } = request.socket as TLSSocket & { servername: unknown };
      const headers = request.headers as Record<string, string>;
      received.push({ servername, host: headers["host"], headers, text: Buffer.concat(parts).toString("utf8") });
      answer.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  open.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const call = { url: `https://${name}:${port}/hook`, id: "dlv_1", body, secrets: [secret], now: Date.now() };
  const outcome = await callWebhook(call, (url) => Promise.resolve({ url: new URL(url), addresses: ["127.0.0.1"] }));
  return { outcome, received };
}

test("a receiver is asked for by its name at the address that was checked, and gets a signed call", async () => {
  const { outcome, received } = await calledWith(await newCertificate(trusted, name, Date.now() + hourMs));
  expect(outcome).toMatchObject({ attempt: { status: 204, problem: null } });
  expect(received).toHaveLength(1);
  expect(received[0]).toMatchObject({ servername: name, text: body });
  expect(received[0]?.host).toMatch(new RegExp(`^${name}:`));
  expect(new standardWebhooks.Webhook(secret).verify(body, received[0]?.headers ?? {})).toEqual(JSON.parse(body));
});

test.each([
  [
    "is for another name",
    () => newCertificate(trusted, "other.example.com", Date.now() + hourMs),
    "ERR_TLS_CERT_ALTNAME_INVALID",
  ],
  ["has expired", () => newCertificate(trusted, name, Date.now() - hourMs), "CERT_HAS_EXPIRED"],
  [
    "comes from an authority that nobody trusts",
    async () => newCertificate(await newAuthority(), name, Date.now() + hourMs),
    /^(CERT_SIGNATURE_FAILURE|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)$/,
  ],
])("a receiver whose certificate %s gets nothing, and the log says why", async (_, make, code) => {
  const { outcome, received } = await calledWith(await make());
  expect(outcome).toMatchObject({ attempt: { status: null }, answer: null, gone: false });
  const [, said] = /^The receiver cannot be reached \((\w+)\)\.$/.exec(outcome.attempt.problem ?? "") ?? [];
  expect(said).toMatch(code);
  expect(received).toEqual([]);
});
