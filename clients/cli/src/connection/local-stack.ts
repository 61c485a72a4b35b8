import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import process from "node:process";

/** A local stack (`npm start`): its folder, its first key, and where it answers. */
export interface LocalStack {
  home: string;
  /** undefined where its file was removed. */
  key: string | undefined;
  url: string;
  mailboxUrl: string | undefined;
}

const contentOf = (file: string): string | undefined => (existsSync(file) ? readFileSync(file, "utf8") : undefined);

/** The stack's folder: `TENANTRY_HOME`, or `.tenantry` in this folder or the nearest one above. */
function findHome(env: NodeJS.ProcessEnv): string | undefined {
  const given = env["TENANTRY_HOME"];
  if (given) return existsSync(given) ? resolve(given) : undefined;
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const home = join(folder, ".tenantry");
    if (existsSync(home)) return home;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The local stack that belongs to the current folder, whether it runs or not; undefined where there is none. */
export function findLocalStack(env = process.env): LocalStack | undefined {
  const home = findHome(env);
  if (home === undefined) return undefined;
  const run = contentOf(join(home, "state", "run.json"));
  const { url, mailboxUrl } = (run === undefined ? {} : JSON.parse(run)) as { url?: string; mailboxUrl?: string };
  const key = contentOf(join(home, "admin-key"))?.trim();
  return { home, key, url: url ?? `http://127.0.0.1:${env["PORT"] ?? 8787}`, mailboxUrl };
}
