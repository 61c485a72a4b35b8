import { join } from "node:path";
import { stampedBuild } from "./stamped-build.ts";

/**
 * The cloud assembly of the present sources for the stage `local`; bundled and synthesized only if no run has done so before.
 * @param root the project's folder
 * @returns its folder, which no later build writes to
 * @throws CannotStart with the output of the synthesis where it fails
 */
export const buildAssembly = (root: string, say: (text: string) => void): Promise<string> =>
  stampedBuild({
    root,
    name: "local",
    sources: ["functions", "shared", "infra", "package-lock.json", "cdk.json", "tenantry.config.json"],
    what: "the CDK app",
    title: "Bundling the functions and synthesizing the CDK app",
    command: (draft) => ({
      file: process.execPath,
      args: [join(root, "infra", "app.ts")],
      env: {
        STAGE: "local",
        CDK_OUTDIR: draft,
        TENANTRY_BUILD: join(root, ".build", "for-local"),
        CDK_DISABLE_CLI_TELEMETRY: "true",
        // The tests check what is deployed against CloudFormation's rules, which takes half as long as everything else here.
        CDK_VALIDATION: "false",
      },
    }),
    say,
  });
