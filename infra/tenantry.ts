import { App, Tags, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import cdkJson from "../cdk.json" with { type: "json" };
import { ApiStack } from "./api-stack.ts";
import { localStage, type StageConfig } from "./config.ts";
import { ConsoleStack } from "./console-stack.ts";
import { DataStack } from "./data-stack.ts";
import { JobsStack } from "./jobs-stack.ts";
import { regionOf } from "../shared/domain/terms/storage-plan.ts";
import { openedLocations } from "./constructs/naming.ts";
import { MailStack } from "./mail-stack.ts";
import { StorageStack } from "./storage-stack.ts";

/**
 * An empty CDK app with the feature flags of cdk.json. The CLI passes those too; here they also hold for the local run and the tests, which
 * start without it, so that all three see the same templates.
 * @param outdir where the cloud assembly goes; by default `CDK_OUTDIR`, or a temporary folder
 */
export const createApp = (outdir?: string): App =>
  new App({
    outdir,
    // With the metadata, a runner finds each function's bundle from the template: `Metadata["aws:asset:path"]`, relative to the assembly.
    context: { ...cdkJson.context, "aws:cdk:enable-asset-metadata": true },
    analyticsReporting: false,
  });

/**
 * Puts the installation of one stage into the app. The bundles must exist when it is called (see bundle.ts).
 * @param pages the folder of the built console; not needed where the stage has none
 */
export function provision(app: App, config: StageConfig, pages?: string): void {
  const common = {
    config,
    env: { account: config.account, region: config.region },
    // Whoever wants to delete a deployed stage says so twice.
    terminationProtection: config.stage !== localStage,
  };
  const data = new DataStack(app, `TenantryData-${config.stage}`, common);
  const sealKeyArn = data.sealKey.keyArn;
  const api = new ApiStack(app, `TenantryApi-${config.stage}`, { ...common, sealKeyArn });
  const jobs = new JobsStack(app, `TenantryJobs-${config.stage}`, {
    ...common,
    sealKeyArn,
    streamArn: data.table.tableStreamArn!,
  });
  // The functions know the table by its name, so CDK does not see that it must be there first.
  api.addStackDependency(data);
  jobs.addStackDependency(data);
  if (config.mail) {
    // So are the sender and the configuration set: whoever sends finds them there.
    jobs.addStackDependency(new MailStack(app, `TenantryMail-${config.stage}`, { ...common, mail: config.mail }));
  }

  const console = provisionConsole(app, config, api.host, pages);
  // It needs the secret that it proves itself by.
  console?.addStackDependency(data);
  provisionStorage(app, config);

  Tags.of(app).add("tenantry:stage", config.stage);
  checkRules(app);
}

/** Puts the console of a stage into the app, if the stage has one. @param apiHost the host that the API answers at */
export function provisionConsole(
  app: App,
  config: StageConfig,
  apiHost: string,
  pages: string | undefined,
): ConsoleStack | undefined {
  if (config.console === false) return undefined;
  if (pages === undefined) throw new Error("The console has to be built first.");
  return new ConsoleStack(app, `TenantryConsole-${config.stage}`, {
    config,
    env: { account: config.account, region: config.region },
    terminationProtection: config.stage !== localStage,
    settings: config.console,
    apiHost,
    pages,
  });
}

/** Puts the storage of a stage into the app: a stack in each region that holds one of the locations which the stage opens. */
export function provisionStorage(app: App, config: StageConfig): void {
  for (const [region, locations] of Map.groupBy(openedLocations(config), regionOf))
    new StorageStack(app, `TenantryStorage-${config.stage}-${region}`, {
      config,
      env: { account: config.account, region },
      terminationProtection: config.stage !== localStage,
      region,
      locations,
    });
}

/** Makes a finding of cdk-nag fail the synthesis. There is no switch to skip this: it costs a quarter of a second. */
export const checkRules = (app: App): void => Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
