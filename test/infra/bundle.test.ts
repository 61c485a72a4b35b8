import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { Script } from "node:vm";
import { gunzipSync } from "node:zlib";
import { beforeAll, expect, it, vi } from "vitest";
import type { Metafile } from "esbuild";
import { bundleLimitOf, bundleRoot, functionsToBundle, neverLoaded, removeStaleBundles } from "../../infra/bundle.ts";
import type { FunctionEnv } from "../../shared/runtime/env.ts";
import { provideBundles } from "../support/bundles.ts";

// A bundle of everything takes a while beside a busy neighbour.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const deployedEnvironment: Record<keyof FunctionEnv, string> & Record<string, string> = {
  TABLE_NAME: "tenantry",
  STAGE: "production",
  LOG_LEVEL: "INFO",
  RATE_LIMIT_PER_MINUTE: "600",
  MAIL_FROM: "backup@tenantry.example",
  MAIL_CONFIGURATION_SET: "tenantry",
  MAIL_RATE_PER_SECOND: "14",
  PUBLIC_URL: "https://api.tenantry.example",
  ACCOUNT_ID: "111122223333",
  STORAGE_LOCATIONS: '{"DE":{}}',
  SEAL_KEY_ID: "arn:aws:kms:eu-central-1:111122223333:key/test",
  FAILURES_QUEUE_URL: "https://sqs.eu-central-1.amazonaws.com/111122223333/failures",
  AWS_REGION: "eu-central-1",
};

let outputs: Metafile["outputs"];
beforeAll(async () => {
  ({ outputs } = await provideBundles());
}, 400_000);

it("bundles every function, and removes the bundle of one that is gone", async () => {
  const gone = path.join(bundleRoot, "noSuchOperation");
  mkdirSync(gone, { recursive: true });
  await removeStaleBundles();
  expect(existsSync(gone)).toBe(false);
  for (const { id } of functionsToBundle) expect(existsSync(path.join(bundleRoot, id, "index.mjs")), id).toBe(true);
});

it("makes bundles that weigh no more than their limits", () => {
  for (const unit of functionsToBundle) {
    const { size } = statSync(path.join(bundleRoot, unit.id, "index.mjs"));
    expect(size, unit.id).toBeGreaterThan(0);
    expect(size, `${unit.id} weighs ${size} bytes`).toBeLessThan(bundleLimitOf(unit));
  }
});

it("makes bundles that load, with a handler", () => {
  // The local run loads functions with code that they share, so nothing else runs what is deployed. One function of each area stands for its others.
  const areas = new Map(functionsToBundle.map((unit) => [unit.area, unit]));
  const files = [...areas.values()].map(({ id }) => path.join(bundleRoot, id, "index.mjs"));
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-", ...files], {
    input: `
      const failures = [];
      for (const file of process.argv.slice(2)) {
        try {
          const { handler } = await import(file);
          if (typeof handler !== "function") failures.push(file + ": exports no handler");
        } catch (error) {
          failures.push(file + ": " + error.stack);
        }
      }
      console.log(JSON.stringify(failures));
    `,
    env: { PATH: process.env["PATH"], ...deployedEnvironment },
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  expect(JSON.parse(stdout)).toEqual([]);
});

it("packs the script of the reference beside the function that serves it", () => {
  const script = gunzipSync(readFileSync(path.join(bundleRoot, "referenceScript", "reference.js.gz")));
  expect(script.byteLength).toBeGreaterThan(1_000_000);
  // What a function answers may have 6 MB, also for a browser that does not unpack.
  expect(script.byteLength).toBeLessThan(6_000_000);
  expect(() => new Script(script.toString("utf8"))).not.toThrow();
});

it("leaves nothing outside a bundle that the function would load", () => {
  for (const [file, { imports }] of Object.entries(outputs)) {
    // What is imported on demand is not loaded.
    const loaded = imports.filter(({ kind }) => kind !== "dynamic-import").map((imported) => imported.path);
    expect(
      loaded.filter((name) => !isBuiltin(name)),
      file,
    ).toEqual([]);
    const onDemand = imports.filter(({ kind, external }) => kind === "dynamic-import" && external);
    for (const { path: name } of onDemand.filter((imported) => !isBuiltin(imported.path))) {
      expect(neverLoaded, file).toContain(name);
    }
  }
});

const isBuiltin = (name: string) => name.startsWith("node:") || builtinModules.includes(name);
