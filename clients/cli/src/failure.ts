import { explain, TenantryError } from "@tenantry/client";
import { CommanderError } from "commander";
import { type ExitCode, exitCodes } from "./exit-codes.ts";

/** Ends the command with a sentence for whoever runs it. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The exit code that stands for an answer of the API. */
function exitCodeOf({ status }: TenantryError): ExitCode {
  if (status === 401 || status === 403) return exitCodes.noAccess;
  if (status === 404 || status === 410) return exitCodes.notFound;
  if (status === 429 || status >= 500) return exitCodes.unavailable;
  if (status >= 400) return exitCodes.refused;
  return exitCodes.unexpected;
}

/** What an answer of the API means to whoever typed the command. */
function textOf(error: TenantryError): string {
  if (error.code !== "unauthenticated") return explain(error);
  const request = error.requestId === null ? "" : ` (request ${error.requestId})`;
  return `The key is not valid, or not any more. Log in again with tenantry login.${request}`;
}

/**
 * What to print for an error, and the exit code.
 * @returns text undefined: it has been printed already
 */
export function outcomeOf(error: unknown): { text?: string; exitCode: ExitCode } {
  // Commander prints what it finds wrong by itself, and throws for --help and --version too.
  if (error instanceof CommanderError) {
    const asked = error.code === "commander.helpDisplayed" || error.code === "commander.version";
    return { exitCode: asked ? exitCodes.done : exitCodes.usage };
  }
  if (error instanceof Failure) return { text: error.message, exitCode: error.exitCode };
  if (error instanceof TenantryError) return { text: textOf(error), exitCode: exitCodeOf(error) };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text, exitCode: exitCodes.unexpected };
}
