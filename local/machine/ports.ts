import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Where free ports are looked for. Systems give connections that go out a port of their own from a higher range (Linux from 32768, others from 49152),
 * so none of those takes a port between the moment when it was found and that when it is listened on, or while a run that keeps it is started anew.
 */
const [lowest, highest] = [20_000, 32_000];

/** A port of the loopback interface that nobody listens on just now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest);
    if (await portIsFree(port)) return port;
  }
}

/** Whether a port of the loopback interface can be listened on. */
export async function portIsFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
