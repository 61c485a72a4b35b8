import type { Host } from "./host.ts";

export interface HostPool {
  /** A host for a function that works for nobody else; waits where there is none. */
  acquire(functionId: string): Promise<Host>;
  /** Gives a host back. One that ended is given up. */
  release(host: Host): void;
  /** Hosts, and functions loaded in them. */
  size(): { hosts: number; functions: number };
  /** Ends all hosts. */
  stop(): Promise<void>;
}

export interface PoolOptions {
  start(): Host;
  /** Hosts at most. */
  hosts?: number;
  /** A host that nobody has used for so long is ended. */
  idleMs?: number;
}

/** What a thread with the code that all functions share takes, and each function in it, in megabytes; what all may take together. Measured in docs/decisions/0037. */
const hostMb = 32;
const functionMb = 0.5;
const budgetMb = 350;
const defaults = { hosts: 6, idleMs: 120_000 };
/** Threads that are started before another function is loaded into one that is there. */
const spread = 4;
/** How long a call waits for a host that is at work and has its function loaded, before another loads it too. */
const patienceMs = 20;

interface Waiter {
  functionId: string;
  since: number;
  serve(host: Host): void;
}

/**
 * Keeps the hosts of functions. A call goes to an idle host that has loaded its function; else to one that loads it; else to a new one. The
 * hosts that were idle for longest end where there is no room: a loaded module can only go with its thread.
 */
export function createHostPool(options: PoolOptions): HostPool {
  const { start, hosts: most = defaults.hosts, idleMs = defaults.idleMs } = options;
  /** Idle hosts, the one that was used last at the end. */
  const idle: Host[] = [];
  const busy = new Set<Host>();
  const ending = new Set<Promise<void>>();
  const waiting: Waiter[] = [];

  const all = (): Host[] => [...idle, ...busy];
  const weight = (): number => all().reduce((sum, { loaded }) => sum + hostMb + functionMb * loaded.size, 0);
  const end = (host: Host): void => {
    const place = idle.indexOf(host);
    if (place >= 0) idle.splice(place, 1);
    busy.delete(host);
    const ended = host.end().finally(() => ending.delete(ended));
    ending.add(ended);
  };
  /** Ends the hosts that were idle for longest until there is room for so much more. @returns whether there is */
  const makeRoom = (moreMb: number, keep?: Host): boolean => {
    while (weight() + moreMb > budgetMb) {
      const oldest = idle.find((host) => host !== keep);
      if (!oldest) return false;
      end(oldest);
    }
    return true;
  };

  /** A host for a call, if one can be had now. */
  const take = ({ functionId, since }: Waiter): Host | undefined => {
    for (const host of idle.filter(({ alive }) => !alive)) end(host);
    const warm = idle.findLast(({ loaded }) => loaded.has(functionId));
    if (warm) return warm;
    const soon = [...busy].some(({ loaded }) => loaded.has(functionId));
    if (soon && Date.now() - since < patienceMs) return undefined;
    const count = idle.length + busy.size;
    // The one with the fewest functions, so that all stay light.
    const [lightest] = idle.toSorted((one, other) => one.loaded.size - other.loaded.size);
    if (lightest && (count >= spread || lightest.loaded.size === 0) && makeRoom(functionMb, lightest)) return lightest;
    if (count < most && (makeRoom(hostMb + functionMb) || idle.length === 0)) return start();
    // There is no room: what was idle for longest makes it.
    const oldest = idle[0];
    if (!oldest) return undefined;
    end(oldest);
    return start();
  };

  const serve = (): void => {
    for (let place = 0; place < waiting.length;) {
      const waiter = waiting[place];
      const host = waiter && take(waiter);
      if (!waiter || !host) {
        place += 1;
        continue;
      }
      const found = idle.indexOf(host);
      if (found >= 0) idle.splice(found, 1);
      busy.add(host);
      waiting.splice(place, 1);
      waiter.serve(host);
    }
  };

  const sweep = setInterval(
    () => {
      for (const host of idle.filter(({ alive, lastUsed }) => !alive || lastUsed < Date.now() - idleMs)) end(host);
    },
    Math.min(idleMs, 10_000),
  );
  sweep.unref();

  return {
    acquire: (functionId) =>
      new Promise((resolve) => {
        waiting.push({ functionId, since: Date.now(), serve: resolve });
        serve();
        setTimeout(serve, patienceMs + 1);
      }),
    release(host) {
      busy.delete(host);
      if (host.alive) idle.push(host);
      else end(host);
      serve();
      // Where all were at work at once there are more than there is room for.
      makeRoom(0);
    },
    size: () => ({ hosts: all().length, functions: all().reduce((sum, { loaded }) => sum + loaded.size, 0) }),
    async stop() {
      clearInterval(sweep);
      for (const host of all()) end(host);
      await Promise.all(ending);
    },
  };
}
