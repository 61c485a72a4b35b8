import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A block of commands in a guide, with what the guide says that it prints. */
export interface Step {
  /** The nearest heading above. */
  heading: string;
  /** Line of the guide at which its commands begin. */
  line: number;
  commands: string;
  output?: { kind: string; text: string };
}

/**
 * The steps of a guide in order. A fenced block of another kind than `sh` is the output of the commands before it. Drawings, and blocks
 * with more than their kind, such as `sh aws`, are no steps.
 */
export function stepsOf(markdown: string): Step[] {
  const steps: Step[] = [];
  const lines = markdown.split("\n");
  let heading = "";
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
    const fence = /^```(\w*)( .*)?$/.exec(line);
    if (fence === null) continue;
    const [, kind = "", more] = fence;
    const end = lines.indexOf("```", index + 1);
    if (end < 0) throw new Error(`The block at line ${index + 1} does not end.`);
    const begin = index;
    index = end;
    if (more !== undefined || kind === "mermaid") continue;
    const text = lines.slice(begin + 1, end).join("\n");
    const before = steps.at(-1);
    if (kind === "sh") steps.push({ heading, line: begin + 2, commands: text });
    else if (before === undefined || before.output !== undefined)
      throw new Error(`The block at line ${begin + 1} is the output of no commands.`);
    else before.output = { kind, text };
  }
  return steps;
}

/**
 * Whether commands printed what a guide says. `…` stands for anything, line breaks included. In blocks of JSON, or of JSON with something left out
 * (`js`), white space does not count; in others that at the end of lines and of the block does not.
 */
export function printed({ kind, text }: { kind: string; text: string }, output: string): boolean {
  const form = (raw: string): string =>
    kind === "json" || kind === "js" ? raw.replaceAll(/\s+/g, "") : raw.replaceAll(/[ \t]+$/gm, "").trim();
  const parts = form(text)
    .split("…")
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\/-]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^]*?")}$`).test(form(output));
}

/**
 * Does in this process what the guides' `pick` does in one of its own.
 * @returns `definition`: a shell function `pick` that asks it, and fails where the other would
 */
export async function startPicker(): Promise<{ definition: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      try {
        const answer: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
        const path = Buffer.from(String(request.headers["part"] ?? ""), "latin1").toString("utf8");
        const part: unknown = new Function("answer", `return answer${path}`)(answer);
        response.end(`${typeof part === "string" ? part : JSON.stringify(part, null, 2)}\n`);
      } catch (error) {
        response.writeHead(422).end(String(error));
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    definition: `pick() { curl -sS --fail-with-body --data-binary @- -H "Part: \${1-}" http://127.0.0.1:${port}; }`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export interface Session {
  /** Runs commands where the ones before have left off. @throws Error with all that was printed where one of them fails */
  run(commands: string): Promise<string>;
  /** Whether a command has failed and with it the session. */
  ended(): boolean;
  close(): void;
}

/** A bash session that ends at the first command that fails. */
export function openSession(environment: Record<string, string>): Session {
  const folder = mkdtempSync(join(tmpdir(), "tenantry-guide-"));
  const bash: ChildProcess = spawn("bash", ["--noprofile", "--norc", "-c", 'while read -r file; do . "$file"; done'], {
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let [output, trouble] = ["", ""];
  let ended = false;
  let heard = (): void => undefined;
  bash.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    heard();
  });
  bash.stderr?.on("data", (chunk: Buffer) => (trouble += chunk.toString()));
  bash.on("close", () => {
    ended = true;
    heard();
  });
  let count = 0;
  return {
    async run(commands) {
      const file = join(folder, `step-${(count += 1)}.sh`);
      const mark = `== end of step ${count} ==`;
      writeFileSync(file, `set -euo pipefail\n{ ${commands}\n} </dev/null\necho "${mark}"\n`);
      [output, trouble] = ["", ""];
      bash.stdin?.write(`${file}\n`);
      while (!output.includes(mark) && !ended) await new Promise<void>((resolve) => (heard = resolve));
      if (!output.includes(mark)) throw new Error(`A command failed.\n${output}\n${trouble}`);
      return output.slice(0, output.indexOf(mark));
    },
    ended: () => ended,
    close() {
      bash.stdin?.end();
      bash.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
