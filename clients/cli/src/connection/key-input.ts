import process from "node:process";
import { text } from "node:stream/consumers";
import { ask } from "../input/ask.ts";

/** A key: asked for without echo on a terminal, else all that is piped in. */
export const readKey = async (): Promise<string> =>
  process.stdin.isTTY ? await ask("API key: ", { silent: true }) : (await text(process.stdin)).trim();
