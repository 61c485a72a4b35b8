import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";

/** An installation and the key for it. */
export interface Profile {
  url: string;
  key: string;
}

/** Where logins are kept: below `XDG_CONFIG_HOME`, `~/.config`, or `APPDATA` on Windows. */
export function credentialsFile(env = process.env): string {
  const roaming = process.platform === "win32" ? env["APPDATA"] : undefined;
  // An empty variable counts as none, by the XDG specification.
  return join(env["XDG_CONFIG_HOME"] || roaming || join(homedir(), ".config"), "tenantry", "credentials.json");
}

/** All profiles by name. @throws Failure where the file is not what this program writes */
export function readProfiles(file = credentialsFile()): Record<string, Profile> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  try {
    const { profiles } = JSON.parse(text) as { profiles: Record<string, Profile> };
    for (const { url, key } of Object.values(profiles))
      if (typeof url !== "string" || typeof key !== "string") throw new TypeError("no profile");
    return profiles;
  } catch {
    throw new Failure(`${file} is damaged. Remove it and log in again.`, exitCodes.unexpected);
  }
}

/** Replaces all profiles; without any, the file goes. Only its owner can read it. */
export function writeProfiles(profiles: Record<string, Profile>, file = credentialsFile()): void {
  if (Object.keys(profiles).length === 0) return rmSync(file, { force: true });
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // A new file each time: one that was there keeps its mode, and a crash leaves the old one whole.
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify({ profiles }, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}
