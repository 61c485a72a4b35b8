/**
 * Runs the parts of the long run until a budget of time is used: each once in their order, and then whichever has had the least time so far,
 * each time under a fresh seed. A part that has begun is finished.
 */
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { createWriteStream, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { countOf, readArguments, refuseArguments } from "../../local/machine/arguments.ts";
import { type Part, parts } from "./parts.ts";
import { nextPart, summaryOf, type Turn } from "./turns.ts";

const usage = `
Usage: npm run test:long -- [options]

Runs random histories, fleets, kills and races at full size, again and again under fresh seeds.

  --minutes N     how long; the parts under way are finished (60)
  --only PART     this part alone; may be given several times
  --seed N        runs each part once, under this seed, as one that failed did
  --list          names the parts
`;
const values = readArguments(usage, {
  minutes: { type: "string", default: "60" },
  only: { type: "string", multiple: true },
  seed: { type: "string" },
  list: { type: "boolean" },
});
const minutes = countOf("--minutes", values.minutes);
const givenSeed = values.seed === undefined ? undefined : countOf("--seed", values.seed);
for (const name of values.only ?? [])
  if (!parts.some((part) => part.name === name)) refuseArguments(`There is no part "${name}"; --list names them all.`);
const chosen = parts.filter(({ name }) => values.only?.includes(name) ?? true);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const sizeOf = ({ size }: Part): string =>
  Object.entries(size)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");

if (values.list === true) {
  for (const part of parts) say(`${part.name.padEnd(22)}${part.what}\n${" ".repeat(22)}${sizeOf(part)}`);
  process.exit(0);
}

const root = resolve(import.meta.dirname, "../..");
const logs = join(root, ".build", "long");
rmSync(logs, { recursive: true, force: true });
mkdirSync(logs, { recursive: true });

const under = new Set<ReturnType<typeof spawn>>();
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => {
    interrupted = true;
    for (const child of under) child.kill(signal);
  });

/** Runs a part once. What it prints goes to a log of its own. */
async function take(part: Part, nth: number): Promise<Turn> {
  const seed = givenSeed ?? randomInt(1, 2 ** 31 - 1_000);
  const name = `${part.name}-${nth}`;
  const [log, tally] = [join(logs, `${name}.log`), join(logs, `${name}.json`)];
  const began = Date.now();
  const seeded = part.seed === undefined ? "" : ` --seed ${seed}`;
  say(`begins   ${part.name}${seeded}`);
  const child = spawn(process.execPath, ["test/support/vitest.ts", "--maxWorkers=1", ...part.files], {
    cwd: root,
    env: {
      ...process.env,
      ...Object.fromEntries(Object.entries(part.size).map(([key, value]) => [key, String(value)])),
      ...(part.seed !== undefined && { [part.seed]: String(seed) }),
      TEST_TALLY: tally,
      NO_COLOR: "1",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  under.add(child);
  const output = createWriteStream(log);
  for (const stream of [child.stdout, child.stderr]) stream.pipe(output, { end: false });
  const code = await new Promise<number>((done) => child.on("close", (status) => done(status ?? 1)));
  output.end();
  under.delete(child);
  const counts = { passed: 0, failed: 0 };
  try {
    Object.assign(counts, JSON.parse(readFileSync(tally, "utf8")));
  } catch {
    // It broke off before it could count.
  }
  const turn: Turn = {
    part: part.name,
    seconds: (Date.now() - began) / 1000,
    passed: counts.passed,
    failed: code !== 0 && counts.failed === 0 ? 1 : counts.failed,
    seed: part.seed === undefined ? undefined : seed,
  };
  say(`${turn.failed > 0 ? "FAILED" : "passed"}   ${part.name}${seeded} (${Math.round(turn.seconds)} s)`);
  if (turn.failed > 0) say(`         again: npm run test:long -- --only ${part.name}${seeded}\n         log:   ${log}`);
  return turn;
}

const ends = Date.now() + minutes * 60_000;
const turns: Turn[] = [];
const begun = new Map<string, number>();
/** Takes one turn after the other; two of these keep two cores busy. */
async function lane(): Promise<void> {
  for (;;) {
    if (interrupted || (givenSeed === undefined && Date.now() >= ends)) return;
    const part = nextPart(chosen, begun, turns, givenSeed !== undefined);
    if (!part) return;
    const nth = (begun.get(part.name) ?? 0) + 1;
    begun.set(part.name, nth);
    turns.push(await take(part, nth));
  }
}
await Promise.all([lane(), lane()]);

say(`\n${summaryOf(chosen, turns).join("\n")}`);
process.exitCode = interrupted ? 130 : turns.some(({ failed }) => failed > 0) ? 1 : 0;
