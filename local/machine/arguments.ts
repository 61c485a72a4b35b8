import process from "node:process";
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

/** Ends the process with exit code 2 and one line on stderr that says what is wrong with its arguments. */
export function refuseArguments(problem: string): never {
  process.stderr.write(`${problem} Try --help.\n`);
  process.exit(2);
}

/**
 * The options that this process was started with. `--help` prints the usage and ends the process; an option that does not exist, or a value
 * that is missing, ends it with one line on stderr and exit code 2.
 * @param usage what `--help` prints
 * @param options as `parseArgs` of `node:util` takes them
 */
export function readArguments<const Options extends ParseArgsOptionsConfig>(usage: string, options: Options) {
  const read = () => parseArgs({ options: { ...options, help: { type: "boolean", short: "h" } } });
  let values: ReturnType<typeof read>["values"];
  try {
    ({ values } = read());
  } catch (error) {
    return refuseArguments(`${(error as Error).message.split(/[.\n]/, 1)[0]}.`);
  }
  if ("help" in values && values.help === true) {
    process.stdout.write(`${usage.trim()}\n`);
    process.exit(0);
  }
  return values;
}

/** An option's value as a whole number of at least 1; anything else ends the process. @param name as it was typed, `--mails` */
export function countOf(name: string, value: string): number {
  const count = Number(value);
  if (!Number.isSafeInteger(count) || count < 1) refuseArguments(`${name} must be a whole number of at least 1.`);
  return count;
}
