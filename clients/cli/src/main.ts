import process from "node:process";
import { styleText } from "node:util";
import { outcomeOf } from "./failure.ts";
import { buildProgram } from "./program.ts";

// `tenantry customers list | head` closes the pipe early, and that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  await buildProgram().parseAsync();
} catch (error) {
  const { text, exitCode } = outcomeOf(error);
  if (text !== undefined) process.stderr.write(`${styleText("red", "error:", { stream: process.stderr })} ${text}\n`);
  process.exitCode = exitCode;
}
