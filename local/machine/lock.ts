import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readIfPresent } from "./files.ts";

/**
 * What tells a process from any other that had or will have the same pid: when it began, and in which boot.
 * Undefined where no such process runs.
 */
export function processIdentity(pid: number): string | undefined {
  if (process.platform === "linux") {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // The name, in parentheses, may hold spaces; the fields after it count from the state. The 20th is the start time.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (fields[0] === "Z" || fields[0] === "X") return undefined;
      return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${fields[19]}`;
    } catch {
      return undefined;
    }
  }
  try {
    return execFileSync("ps", ["-p", String(pid), "-o", "lstart="], { encoding: "utf8" }).trim() || undefined;
  } catch {
    return undefined;
  }
}

interface Holder {
  pid: number;
  identity: string;
}

function holderOf(file: string): { text: string; alive: Holder | undefined } | undefined {
  const text = readIfPresent(file);
  if (text === undefined) return undefined;
  const [pid, ...identity] = text.trim().split(" ");
  const holder = { pid: Number(pid), identity: identity.join(" ") };
  return { text, alive: processIdentity(holder.pid) === holder.identity ? holder : undefined };
}

/**
 * Takes a lock that lasts as long as this process. What a killed process left is taken over.
 * @param waitMs how long to wait for a holder that lives
 * @param onWait is told the pid of the holder, once
 * @returns how to release it
 * @throws LockHeld where the holder keeps it
 */
export async function takeLock(file: string, waitMs: number, onWait?: (pid: number) => void): Promise<() => void> {
  mkdirSync(dirname(file), { recursive: true });
  const mine = `${process.pid} ${processIdentity(process.pid) ?? ""}`;
  const draft = `${file}.${process.pid}`;
  const deadline = Date.now() + waitMs;
  for (let announced = false; ;) {
    writeFileSync(draft, mine);
    try {
      linkSync(draft, file); // fails where the file exists, and puts the content there at once
      return () => {
        if (readIfPresent(file) === mine) rmSync(file, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    const held = holderOf(file);
    if (held?.alive) {
      if (!announced) onWait?.(held.alive.pid);
      announced = true;
      if (Date.now() >= deadline) throw new LockHeld(file, held.alive.pid);
      await sleep(100);
    } else if (held) {
      takeAway(file, held.text);
    }
  }
}

/** Removes a dead holder's lock, and nobody else's: another process may have taken over in the same moment. */
function takeAway(file: string, text: string): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    if (readFileSync(aside, "utf8") !== text) linkSync(aside, file);
  } catch (error) {
    if (!["ENOENT", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Somebody else holds the lock and lives. */
export class LockHeld extends Error {
  readonly pid: number;
  constructor(file: string, pid: number) {
    super(`${file} is held by process ${pid}`);
    this.name = "LockHeld";
    this.pid = pid;
  }
}
