import process from "node:process";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { credentialsFile, type Profile, readProfiles } from "./credentials-file.ts";
import { findLocalStack } from "./local-stack.ts";

/** What requests are sent with. */
export interface Credential {
  url: string;
  key: string;
  /** Where it was found, for `whoami`. */
  source: string;
}

/** Compares addresses as a request would use them. */
const sameUrl = (a: string, b: string): boolean =>
  URL.canParse(a) && URL.canParse(b) && new URL(a).href === new URL(b).href;

const isThisMachine = (url: string): boolean =>
  URL.canParse(url) && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(url).hostname);

/** The profile in the file, if the address that the environment asks for is its own: its key goes nowhere else. */
function fitting(profile: Profile | undefined, url: string | undefined): Profile | undefined {
  return profile !== undefined && (url === undefined || sameUrl(url, profile.url)) ? profile : undefined;
}

/**
 * Finds the credential. What is nearer to the call wins: `--profile`, the environment, the file of logins, the local stack of this folder.
 * @throws Failure where there is none
 */
export function findCredential(asked: string | undefined, env = process.env): Credential {
  const url = env["TENANTRY_URL"] || undefined;
  const key = env["TENANTRY_KEY"] || undefined;
  const named = asked ?? (key === undefined ? env["TENANTRY_PROFILE"] || undefined : undefined);
  const profiles = readProfiles();
  const source = (name: string): string => `profile ${name} in ${credentialsFile()}`;
  if (named !== undefined) {
    const profile = profiles[named];
    if (profile !== undefined) return { ...profile, source: source(named) };
    throw new Failure(
      `There is no profile ${named}. Log in with: tenantry login --profile ${named}`,
      exitCodes.noAccess,
    );
  }
  const local = findLocalStack(env);
  const profile = profiles["default"];
  if (key !== undefined) {
    const to = url ?? profile?.url ?? local?.url;
    if (to !== undefined) return { url: to, key, source: "environment (TENANTRY_KEY)" };
    throw new Failure("TENANTRY_KEY is set, but not where it is for. Set TENANTRY_URL too.", exitCodes.usage);
  }
  const stored = fitting(profile, url);
  if (stored !== undefined) return { ...stored, source: source("default") };
  if (local?.key !== undefined && (url === undefined || isThisMachine(url)))
    return { url: url ?? local.url, key: local.key, source: `local stack in ${local.home}` };
  const where = url === undefined ? "" : ` at ${url}`;
  const text = `You are not logged in${where}. Run tenantry login, or set TENANTRY_URL and TENANTRY_KEY.`;
  throw new Failure(text, exitCodes.noAccess);
}
