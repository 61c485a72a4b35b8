import { type Operation } from "../contract.ts";
import { type AreaText } from "./openapi.ts";

const introduction = `# Tenantry

> The control plane of a backup service: who sells to whom, which computers may back up, where their data are stored, and how much of it. An HTTPS API with JSON.

- Send an API key as \`Authorization: Bearer tk_…\`. It sees the branch of one customer; everything else answers 404.
- Sizes are bytes, times are ISO 8601 in UTC, ids are a prefix and a ULID, such as \`cus_01K9…\`.
- Changes take \`Idempotency-Key\` and \`?dryRun=true\`. Send the \`ETag\` that you have read as \`If-Match\`.
- Errors are problem documents (RFC 9457): decide by \`code\`. Wait as long as \`Retry-After\` says on 429 and 503.
- Lists are pages: pass \`nextCursor\` as \`cursor\` until it is null.`;

/** What the API can do, in a form that language models read (llmstxt.org): all operations by area, made from their contracts. */
export function buildLlmsText(operations: readonly Operation[], areas: Readonly<Record<string, AreaText>>): string {
  const links = `## Description

- [OpenAPI 3.1](/v1/openapi.json): every operation with its parameters, answers, refusals and an example
- [Reference](/v1/docs): the same for people`;
  const sections = Object.entries(areas).flatMap(([area, { title, description }]) => {
    const of = operations.filter((operation) => operation.area === area);
    if (of.length === 0) return [];
    const list = of.map(({ route, summary, deprecated }) => {
      const goes = deprecated ? ` (goes on ${deprecated.sunset}: ${deprecated.instead})` : "";
      return `- \`${route}\`: ${summary}${goes}`;
    });
    return [`## ${title}\n\n${description}\n\n${list.join("\n")}`];
  });
  return `${[introduction, links, ...sections].join("\n\n")}\n`;
}
