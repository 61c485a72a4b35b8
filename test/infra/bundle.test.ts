import { existsSync, mkdirSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { expect, it } from "vitest";
import { bundleFunctions, bundleRoot, functionsToBundle, neverLoaded } from "../../infra/bundle.ts";

it("bundles every function, and removes the bundle of one that is gone", async () => {
  const gone = path.join(bundleRoot, "noSuchOperation");
  mkdirSync(gone, { recursive: true });
  await bundleFunctions();
  expect(existsSync(gone)).toBe(false);
  for (const { id } of functionsToBundle) expect(existsSync(path.join(bundleRoot, id, "index.mjs")), id).toBe(true);
});

it("leaves nothing outside a bundle that the function would load", async () => {
  const { outputs } = await bundleFunctions();
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
