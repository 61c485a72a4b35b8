import process from "node:process";
import { text } from "node:stream/consumers";
import { read } from "read";

/** A key from the standard input: asked for without echo on a terminal, else all that is piped in. */
export async function readKey(): Promise<string> {
  const typed = process.stdin.isTTY
    ? // The question is no result, so it goes to stderr.
      await read({ prompt: "API key: ", silent: true, output: process.stderr })
    : await text(process.stdin);
  return typed.trim();
}
