import { randomBytes } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { jsonFile, readIfPresent, writeWhole } from "../machine/files.ts";
import { FunctionFailed } from "../lambda/function-runner.ts";
import { isRecord } from "../assembly/intrinsics.ts";

export interface AdminKeyOptions {
  home: string;
  /** The installation's time, which the key's id carries. */
  now(): number;
  /** The table was made in this run, so there is no provider, whatever an earlier run left. */
  tableIsNew: boolean;
  /** Invokes the function that creates the provider and its first key. */
  bootstrap(payload: unknown): Promise<unknown>;
  warn(text: string): void;
}

const provider = { name: "Example Backup Services", email: "admin@example.com", country: "DE" };

/**
 * Sees to it that a provider exists and that its first key stands in the file `admin-key`, readable by its owner only.
 *
 * The key is written before it is made valid, and the function gives the same answer for the same key: killed at any point, the next
 * start goes on where this one was, and never ends with a provider whose key nobody has.
 * @returns the key; undefined where its file was deleted, since the table holds a hash of it only
 */
export async function ensureAdminKey(options: AdminKeyOptions): Promise<string | undefined> {
  const { home, bootstrap, warn } = options;
  const file = join(home, "admin-key");
  const marker = jsonFile(join(home, "state", "provider.json"), z.object({ confirmed: z.boolean() }));
  const confirmed = marker.read()?.confirmed === true && !options.tableIsNew;
  const present = readIfPresent(file)?.trim();
  if (confirmed) {
    if (present) return present;
    warn(
      `${file} is gone. The key cannot be shown again; use another key, or begin afresh with another TENANTRY_HOME.`,
    );
    return undefined;
  }
  const token = present ?? newToken(options.now());
  if (present === undefined) writeWhole(file, `${token}\n`, 0o600);
  try {
    await bootstrap({ provider, token });
  } catch (error) {
    if (!providerExists(error)) throw error;
    warn(`The data hold a provider whose first key is not the one in ${file}. Use a key that you have.`);
    return undefined;
  }
  marker.write({ confirmed: true });
  return token;
}

const providerExists = (error: unknown): boolean =>
  error instanceof FunctionFailed && isRecord(error.cause) && error.cause.code === "provider_exists";

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** `tk_<ULID>_<256 bits>`: the form of an API key. */
function newToken(nowMs: number): string {
  let time = "";
  for (let rest = nowMs, digit = 0; digit < 10; digit++) {
    time = `${crockford[rest % 32]}${time}`;
    rest = Math.floor(rest / 32);
  }
  const random = [...randomBytes(16)].map((byte) => crockford[byte % 32]).join("");
  return `tk_${time}${random}_${randomBytes(32).toString("base64url")}`;
}
