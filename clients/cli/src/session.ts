import { createTenantry, type Tenantry } from "@tenantry/client";
import type { Command } from "commander";
import { type Credential, findCredential } from "./connection/credential.ts";
import { send } from "./connection/send.ts";
import { exitCodes } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { createOutput, type Output } from "./output/output.ts";

/** Options that every command has. */
export interface GlobalOptions {
  json?: boolean;
  quiet?: boolean;
  profile?: string;
}

/** What a command works with. */
export interface Session {
  tenantry: Tenantry;
  credential: Credential;
  output: Output;
  /** Changes are checked and answered, but not made. */
  dryRun: boolean;
}

/** A client for an address that tries again for about two seconds, or for as long as the service asks, up to half a minute. */
export function connect({ url, key }: Pick<Credential, "url" | "key">): Tenantry {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new Failure(`${url} is not an address. An address looks like https://api.example.com.`, exitCodes.usage);
  return createTenantry({ url, token: key, retries: 3, longestWait: 30, fetch: send });
}

/** What a command was started with. @throws Failure where no credential is found */
export function openSession(command: Command): Session {
  const options = command.optsWithGlobals<GlobalOptions & { dryRun?: boolean }>();
  const credential = findCredential(options.profile);
  const dryRun = options.dryRun === true;
  return { tenantry: connect(credential), credential, output: createOutput(options), dryRun };
}

/** The query of a change: with `--dry-run` the service checks everything and changes nothing. */
export const changeQuery = ({ dryRun }: Session): { dryRun?: true } => (dryRun ? { dryRun: true } : {});

/** Says what has become of a change; the result itself follows on stdout. */
export function noteChange({ dryRun, output }: Session, done: string): void {
  output.note(dryRun ? "Dry run: everything was checked, nothing was changed." : done);
}

/** Gives a command that changes something its `--dry-run`. */
export const changing = (command: Command): Command =>
  command.option("--dry-run", "check everything and show the result, but change nothing");
