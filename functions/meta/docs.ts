import { type Page, publicPage } from "../../shared/http/text.ts";
import { meta as contracts } from "./contract.ts";

/** Everything comes from this API itself; the renderer sets styles on its elements. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** What the renderer (Scalar) is told. It would otherwise load fonts, send statistics and offer services of its maker. */
const configuration = {
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: "never",
  agent: { disabled: true },
  mcp: { disabled: true },
  documentDownloadType: "direct",
  defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
};

const text = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tenantry API reference</title>
<link rel="icon" href="data:,">
</head>
<body>
<noscript>This reference needs JavaScript. The same description is in <a href="/v1/openapi.json">/v1/openapi.json</a>.</noscript>
<script id="api-reference" type="application/json" data-url="/v1/openapi.json" data-configuration='${JSON.stringify(configuration)}'></script>
<script src="/v1/docs/reference.js"></script>
</body>
</html>
`;

/** Answers the page that draws the reference from the OpenAPI document. */
export const docs = (): Page => ({ text, headers: { "content-security-policy": policy } });

export const handler = publicPage(contracts.docs, docs);
