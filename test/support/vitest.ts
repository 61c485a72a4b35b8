// Runs vitest with the arguments of the command line. By itself it answers an option that it does not know with a stack trace.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { refuseArguments } from "../../local/machine/arguments.ts";

const program = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
process.argv.splice(1, 1, program, "run");
try {
  await import(pathToFileURL(program).href);
} catch (error) {
  if ((error as Error).name !== "CACError") throw error;
  refuseArguments(`${(error as Error).message.replaceAll("`", '"')}.`);
}
