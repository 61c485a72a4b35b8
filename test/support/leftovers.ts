import { globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** How the temp folder of a test run begins; the pid of the run follows. */
export const runFolderPrefix = "tenantry-tests-";

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

/** Temp folders of runs that were killed before they could remove them. */
export const foldersOfDeadRuns = (temp: string): string[] =>
  globSync(`${runFolderPrefix}*`, { cwd: temp })
    .filter((name) => !alive(Number.parseInt(basename(name).slice(runFolderPrefix.length), 10)))
    .map((name) => join(temp, name));

const notOfTheCheckout = new Set([".git", ".build", "node_modules"]);

/** Paths of all files and folders of the checkout, without those of git, of the packages and of builds. */
export const filesOfCheckout = (root: string): Set<string> =>
  new Set(
    readdirSync(root).flatMap((name) => {
      const path = join(root, name);
      if (notOfTheCheckout.has(name)) return [];
      if (!statSync(path).isDirectory()) return [path];
      return [path, ...readdirSync(path, { recursive: true, encoding: "utf8" }).map((file) => join(path, file))];
    }),
  );

interface Remaining {
  pid: number;
  command: string;
}

/** The processes that were started for a run, beside this one, as far as the system tells. @param folder the run's temp folder */
function processesOf(folder: string): Remaining[] {
  const mark = `TENANTRY_TEST_RUN=${folder}`;
  const read = (pid: string, file: string): string[] => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0");
    } catch {
      return []; // ended since, or somebody else's
    }
  };
  return globSync("[0-9]*", { cwd: "/proc" })
    .filter((pid) => Number(pid) !== process.pid && read(pid, "environ").includes(mark))
    .map((pid) => ({ pid: Number(pid), command: read(pid, "cmdline").join(" ").trim() }));
}

/** Those of a run's processes that do not end within some time. Vitest's own end after the run's teardown. */
export async function remainingProcesses(folder: string, withinMs: number): Promise<Remaining[]> {
  const remaining = (): Remaining[] => processesOf(folder).filter(({ command }) => !command.startsWith("vitest"));
  for (const deadline = Date.now() + withinMs; Date.now() < deadline && remaining().length > 0;) await sleep(50);
  return remaining();
}

/** Ends a process that may have ended by itself. */
export function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
