import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { StageConfig } from "../../infra/config.ts";
import { createApp, provision } from "../../infra/tenantry.ts";
import { standInBundles } from "../support/bundles.ts";

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
  Metadata?: Record<string, unknown>;
}

export interface Template {
  file: string;
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: unknown }>;
}

/** Templates of a cloud assembly, the nested ones among them. */
export class Assembly {
  readonly folder: string;
  readonly templates: readonly Template[];

  /** @param without stacks that are left out, by their name */
  constructor(folder: string, without: readonly string[] = []) {
    this.folder = folder;
    this.templates = readdirSync(folder)
      .filter((file) => file.endsWith(".template.json") && !without.some((name) => file.startsWith(`Tenantry${name}-`)))
      .map((file) => ({
        file,
        ...(JSON.parse(readFileSync(path.join(folder, file), "utf8")) as Omit<Template, "file">),
      }));
  }

  /** Every resource of a type, with its template and logical id. */
  all(type: string): { template: Template; logicalId: string; resource: Resource }[] {
    return this.templates.flatMap((template) =>
      Object.entries(template.Resources)
        .filter(([, resource]) => resource.Type === type)
        .map(([logicalId, resource]) => ({ template, logicalId, resource })),
    );
  }

  /** The template of a top-level stack: `Data`, `Api`, `Jobs` or `Mail`. */
  stack(name: string): Template {
    const found = this.templates.find(({ file }) => file.startsWith(`Tenantry${name}-`));
    if (!found) throw new Error(`no stack ${name}`);
    return found;
  }
}

/** Pages that stand in for the console's. */
export function pagesIn(folder: string): string {
  const pages = path.join(folder, "pages");
  mkdirSync(path.join(pages, "assets"), { recursive: true });
  for (const file of ["favicon.svg", "index.html", "login.html", "assets/app-1234.js"])
    writeFileSync(path.join(pages, file), file);
  return pages;
}

/**
 * Synthesizes a stage, with files that stand in for the bundles; cdk-nag and CloudFormation's own rules run along, and a finding throws. The console's stack is
 * synthesized too, but left out of what is found: it has a test of its own.
 */
export function synthesize(config: StageConfig): Assembly {
  standInBundles();
  const folder = mkdtempSync(path.join(tmpdir(), "tenantry-assembly-"));
  const app = createApp(folder);
  provision(app, config, config.console === false ? undefined : pagesIn(folder));
  app.synth();
  return new Assembly(folder, ["Console"]);
}

const pseudoParameters: Record<string, string> = {
  "AWS::Partition": "aws",
  "AWS::Region": "eu-test-1",
  "AWS::AccountId": "111122223333",
};

/** A template's value as text: joins joined, references as `<logical id>` or `<logical id.attribute>`. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  const [[name, argument]] = Object.entries(value as Record<string, unknown>) as [[string, unknown]];
  switch (name) {
    case "Ref":
      return pseudoParameters[argument as string] ?? `<${String(argument)}>`;
    case "Fn::GetAtt":
      return `<${(argument as string[]).join(".")}>`;
    case "Fn::ImportValue":
      return `<import ${textOf(argument)}>`;
    case "Fn::Join": {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map(textOf).join(separator);
    }
    default:
      throw new Error(`cannot read ${JSON.stringify(value)}`);
  }
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

interface Statement {
  Effect: string;
  Action: unknown;
  Resource: unknown;
  Condition?: unknown;
}

/** What a role may do, one line per action and resource, sorted: `dynamodb:Query on arn:… if {…}`. */
export function permissionsOf(role: Resource): string[] {
  const policies = role.Properties["Policies"] as { PolicyDocument: { Statement: Statement[] } }[];
  return policies
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap(({ Effect, Action, Resource, Condition }) =>
      listOf(Action).flatMap((action) =>
        listOf(Resource).map(
          (resource) =>
            `${Effect === "Allow" ? "" : `${Effect} `}${String(action)} on ${textOf(resource)}` +
            (Condition === undefined ? "" : ` if ${JSON.stringify(Condition)}`),
        ),
      ),
    )
    .sort();
}
