import type { Command } from "commander";
import process from "node:process";
import { credentialsFile, readProfiles, writeProfiles } from "../connection/credentials-file.ts";
import { readKey } from "../connection/key-input.ts";
import { findLocalStack } from "../connection/local-stack.ts";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { createOutput } from "../output/output.ts";
import { changing, connect, type GlobalOptions, openSession } from "../session.ts";

const profileOf = ({ profile }: GlobalOptions): string => profile ?? (process.env["TENANTRY_PROFILE"] || "default");

interface LoginOptions extends GlobalOptions {
  url?: string;
  key?: string;
  dryRun?: boolean;
}

async function login(_options: object, command: Command): Promise<void> {
  const options = command.optsWithGlobals<LoginOptions>();
  const output = createOutput(options);
  const name = profileOf(options);
  const profiles = readProfiles();
  const url = options.url ?? (process.env["TENANTRY_URL"] || profiles[name]?.url || findLocalStack()?.url);
  if (url === undefined) throw new Failure("Where? Name the address of the service: --url", exitCodes.usage);
  const key = options.key ?? (await readKey());
  if (key === "") throw new Failure("There is no key. Type it, pipe it in, or name it: --key", exitCodes.usage);
  const me = await connect({ url, key }).me();
  if (options.dryRun !== true) writeProfiles({ ...profiles, [name]: { url, key } });
  output.note(
    options.dryRun === true ? "Dry run: the key is valid, nothing was stored." : `Stored in ${credentialsFile()}.`,
  );
  output.either(me, () => `You are ${me.role} of ${me.scope.name} (${me.scope.level}) at ${url}.\n`);
}

function logout(_options: object, command: Command): void {
  const options = command.optsWithGlobals<LoginOptions>();
  const output = createOutput(options);
  const name = profileOf(options);
  const { [name]: gone, ...rest } = readProfiles();
  if (gone === undefined) return output.note(`Profile ${name} was not logged in.`);
  if (options.dryRun === true) return output.note(`Dry run: profile ${name} would be removed.`);
  writeProfiles(rest);
  output.note(`Profile ${name} is removed. The key stays valid until it is revoked.`);
}

async function whoami(_options: object, command: Command): Promise<void> {
  const { tenantry, credential, output } = openSession(command);
  const me = await tenantry.me();
  const { url, source } = credential;
  const profile = { ...me, url, credential: source };
  output.one(profile, ({ role, kind, id, scope }) => [
    ["Customer", `${scope.name} (${scope.level})`],
    ["Customer id", scope.id],
    ["Role", role],
    [kind === "apiKey" ? "Key id" : "User id", id],
    ["Address", url],
    ["Credential", source],
  ]);
}

/** `tenantry login`, `logout` and `whoami`. */
export function addLogin(program: Command): void {
  changing(program.command("login").description("check an API key and keep it for later calls"))
    .option("--url <address>", "where the service answers, such as https://api.example.com")
    .option("--key <key>", "the key; better typed or piped in, since a command line is recorded")
    .action(login);
  changing(program.command("logout").description("forget a key")).action(logout);
  program.command("whoami").description("show whose key is used, and where it comes from").action(whoami);
}
