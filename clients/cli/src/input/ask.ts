import process from "node:process";
import { read } from "read";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";

/** Whether somebody can be asked. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** Asks on the terminal. The question is no result, so it goes to stderr. @throws Failure on Ctrl-C */
export async function ask(question: string, { silent = false } = {}): Promise<string> {
  try {
    return (await read({ prompt: question, silent, output: process.stderr })).trim();
  } catch {
    throw new Failure("Nothing was typed.", exitCodes.interrupted);
  } finally {
    // The end of a line that is not echoed is not echoed either.
    if (silent) process.stderr.write("\n");
  }
}
