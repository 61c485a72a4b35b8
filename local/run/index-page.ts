import { createHash } from "node:crypto";
import type { GatewayRequest, GatewayResponse } from "../gateway/http-event.ts";

export interface IndexPageOptions {
  /** Version of the project; that of the API stands in its address. */
  version: string;
  mailboxUrl: string;
  /** Folder of the installation as it is shown. */
  home: string;
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const text = (value: string): string => value.replace(/[&<>"']/g, (character) => escapes[character] ?? character);
const localHost = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;
/** A word for the shell of whoever copies the line. */
const shellWord = (value: string): string =>
  /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
const link = (address: string, label = address): string => `<a href="${text(address)}">${text(label)}</a>`;

/** What answers under `/_local`, as `createControl` serves it. */
const controls: readonly (readonly [methods: string, path: string, what: string])[] = [
  ["GET", "/_local/mail", "All mail that was sent, newest first"],
  ["GET, POST", "/_local/webhooks", "Whether webhooks may call this machine; lets them, or no longer"],
  ["GET, POST", "/_local/mail/outage", "Whether mail is out of order; puts it out of order, or in order again"],
  ["GET, POST", "/_local/clock", "The time of this installation; sets it forward"],
  ["GET", "/_local/schedules", "The schedules and when each is due"],
  ["POST", "/_local/schedules/{name}/run", "Runs a schedule now"],
  ["POST", "/_local/jobs/{id}/invoke", "Runs a job that only an operator starts"],
];

const style = `
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; overflow-wrap: anywhere; }
h1 { margin: 0; } h2 { margin: 2rem 0 .5rem; font-size: 1.2rem; }
dt { font-weight: 600; } dd { margin: 0 0 .6rem; }
code, pre { font: .9rem/1.5 ui-monospace, monospace; }
pre { white-space: pre-wrap; padding: .75rem; border: 1px solid; border-radius: .4rem; }
a { color: light-dark(#0645ad, #8ab4f8); }
`;

/**
 * Answers `GET /` of a local run: a page that names what there is. It tells where the admin key lies, never the key. No deployed API has it.
 * @returns undefined for any other address, host or method, which the gateway answers as ever
 */
export function createIndexPage({ version, mailboxUrl, home }: IndexPageOptions) {
  const inHome = (name: string): string => `${home}/${name}`;
  return ({ method, url, rawHeaders }: GatewayRequest): GatewayResponse | undefined => {
    if ((method !== "GET" && method !== "HEAD") || url.split("?", 1)[0] !== "/") return undefined;
    // A page of another host's name could make somebody send the key there.
    const hostAt = rawHeaders.findIndex((part, index) => index % 2 === 0 && part.toLowerCase() === "host");
    const host = rawHeaders[hostAt + 1] ?? "";
    if (hostAt < 0 || !localHost.test(host)) return undefined;
    const address = `http://${host}`;
    const call = `curl -H "Authorization: Bearer $(cat ${shellWord(inHome("admin-key"))})" ${shellWord(`${address}/v1/me`)}`;
    const rows = controls.map(
      ([methods, path, what]) =>
        `<dt><code>${text(methods)} ${path.includes("{") || !methods.includes("GET") ? text(path) : link(path)}</code></dt><dd>${text(what)}</dd>`,
    );
    const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tenantry, local run</title>
<style>${style}</style>
</head>
<body>
<header><h1>Tenantry</h1><p>Version ${text(version)}, running on this machine.</p></header>
<main>
<h2>First call</h2>
<pre><code>${text(call)}</code></pre>
<h2>API</h2>
<dl>
<dt>Address</dt><dd>${link("/v1", `${address}/v1`)}</dd>
<dt>Reference</dt><dd>${link("/v1/docs")}</dd>
<dt>OpenAPI document</dt><dd>${link("/v1/openapi.json")}</dd>
</dl>
<h2>This installation</h2>
<dl>
<dt>Mailbox: all mail that was sent stays here</dt><dd>${link(mailboxUrl)}</dd>
<dt>Admin key</dt><dd><code>${text(inHome("admin-key"))}</code></dd>
<dt>Logs</dt><dd><code>${text(inHome("logs"))}</code></dd>
</dl>
<h2>Local controls</h2>
<p>A deployed installation has none of these.</p>
<dl>
${rows.join("\n")}
</dl>
</main>
</body>
</html>
`;
    return {
      status: 200,
      headers: [
        ["content-type", "text/html; charset=utf-8"],
        ["cache-control", "no-store"],
        ["content-security-policy", contentSecurityPolicy],
        ["x-content-type-options", "nosniff"],
        ["referrer-policy", "no-referrer"],
      ],
      body: Buffer.from(page),
    };
  };
}

const styleHash = createHash("sha256").update(style).digest("base64");
/** The page loads nothing and runs nothing; only its own style applies. */
const contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
