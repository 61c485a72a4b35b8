import path from "node:path";
import { bundleFunctions } from "./bundle.ts";
import { localStage, readConfigFile, stageConfig } from "./config.ts";
import { buildPages } from "./pages.ts";
import { createApp, provision } from "./tenantry.ts";

const [major] = process.versions.node.split(".").map(Number);
if (major! < 24) {
  console.error(
    `Node 24 is needed, this is ${process.version}. Start the CDK with "npx cdk", which uses the project's own Node.`,
  );
  process.exit(1);
}

const app = createApp();
const stage = process.env["STAGE"] ?? (app.node.tryGetContext("stage") as string | undefined) ?? "production";
const config = stageConfig(stage, readConfigFile());
// On one machine the functions share code. Their assets are copied into the assembly, one folder each, and the code lies beside them.
await bundleFunctions({ commonIn: config.stage === localStage ? path.join(app.outdir, "common") : undefined });
const pages = config.console === false ? undefined : await buildPages();
provision(app, config, pages);
app.synth();
