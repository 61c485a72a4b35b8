import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalStack, startLocal } from "../../local/run/start-local.ts";
import { openSession, printed, type Session, startPicker, type Step, stepsOf } from "../support/guide.ts";
import { newDatabase } from "../support/dynamo.ts";
import { hasTurn } from "../support/in-turn.ts";

/*
 * Every guide of docs/guides is carried out, block by block, as a reader would who has prepared a shell as the index says. Guides may be followed one after
 * the other on one installation, except for those that move its clock.
 */
const folder = resolve(import.meta.dirname, "../../docs/guides");
const index = "README.md";
const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const guides = globSync("*.md", { cwd: folder })
  .filter((name) => name !== index && stepsOf(read(name)).length > 0)
  .toSorted();
const movesTheClock = (guide: string): boolean => read(guide).includes(`"$TENANTRY_URL/_local/clock" -d`);

test("the guides are found", () => {
  expect(guides).toEqual(expect.arrayContaining(["create-accounts.md", "back-up-a-computer.md", "customers.md"]));
  expect(guides.filter(movesTheClock)).toEqual(["deletions.md", "invoices.md", "trials.md", "usage-and-licences.md"]);
});

let open: { home: string; stack: LocalStack; moved: boolean } | undefined;

async function close(): Promise<void> {
  await open?.stack.stop();
  if (open !== undefined) rmSync(open.home, { recursive: true, force: true });
  open = undefined;
}

/** The installation for a guide, or the README: the one that is open, unless just one of the two moves its clock. */
async function installationFor(guide?: string): Promise<{ home: string; stack: LocalStack }> {
  const moved = guide !== undefined && movesTheClock(guide);
  if (open?.moved === moved) return open;
  await close();
  const home = mkdtempSync(join(tmpdir(), "tenantry-guide-home-"));
  open = { home, stack: await startLocal({ home, port: 0, quiet: true, database: await newDatabase() }), moved };
  return open;
}

const picker = startPicker();
afterAll(async () => {
  await close();
  await (await picker).close();
});

/** A test for each step; the ones after a command that failed are skipped. */
function carryOut(steps: Step[], session: () => Session): void {
  test.for(steps)("line $line: $heading", async ({ commands, output }, { skip }) => {
    skip(session().ended(), "a step before has failed");
    const found = await session().run(commands);
    if (output === undefined ? found === "" : printed(output, found)) return;
    // Written as an expectation, so that the difference is shown.
    expect(found).toBe(output?.text ?? "");
  });
}

describe("README.md", () => {
  let place: Awaited<ReturnType<typeof installationFor>>;
  let session: Session;
  beforeAll(async () => {
    place = await installationFor();
    session = openSession({});
  }, 120_000);
  afterAll(() => session?.close());

  const steps = stepsOf(readFileSync(resolve(folder, "../../README.md"), "utf8"));
  test("shows calls with their answers", () => expect(steps.length).toBeGreaterThanOrEqual(3));
  const here = (commands: string): string =>
    commands.replaceAll("http://127.0.0.1:8787", place.stack.url).replaceAll(".tenantry/", `${place.home}/`);
  carryOut(steps, () => ({ ...session, run: (commands) => session.run(here(commands)) }));
});

/**
 * Whether all guides are carried out, or every tenth one: those that are left out today are carried out on the next nine days. Whoever changes a guide
 * asks for all of them, or for that one: GUIDES=moves.md.
 */
const wanted = process.env["GUIDES"];
const isWanted = (guide: string, nth: number): boolean =>
  wanted === undefined ? hasTurn(nth, 10) : wanted === "all" || wanted === guide;

const inTurn = guides.filter(isWanted).toSorted((a, b) => Number(movesTheClock(a)) - Number(movesTheClock(b)));
describe.each(inTurn)("%s", (guide) => {
  let session: Session;
  beforeAll(async () => {
    const { home, stack } = await installationFor(guide);
    session = openSession({ TENANTRY_URL: stack.url, TENANTRY_HOME: home });
  }, 120_000);
  afterAll(() => session?.close());

  // The index's own `pick` is shown to work once. The guides call it hundreds of times, and each would start Node.
  const isFirst = guide === inTurn[0];
  carryOut(
    stepsOf(read(index)).filter(({ output }) => isFirst || output === undefined),
    () => session,
  );
  test("has a quicker pick", async () => {
    const both = `curl -s $API/health | pick; curl -s $API/health | pick .status; pick '[1].ü' <<< '[0, { "ü": "a ä" }]'`;
    const original = isFirst ? await session.run(both) : undefined;
    await session.run((await picker).definition);
    if (isFirst) expect(await session.run(both), "the quicker one prints the same").toBe(original);
  });
  carryOut(stepsOf(read(guide)), () => session);
});

test("a block with more than its kind is no step", () => {
  const steps = stepsOf(
    "# A\n\n```sh aws\nrm x\n```\n\n```json example\n1\n```\n\n## B\n\n```sh\necho 1\n```\n\n```text\n1\n```\n",
  );
  expect(steps).toEqual([{ heading: "B", line: 14, commands: "echo 1", output: { kind: "text", text: "1" } }]);
});

describe("the output of a step", () => {
  test.each<[kind: string, says: string, found: string, same: boolean]>([
    ["text", "one\ntwo", "one\ntwo\n", true],
    ["text", "one\ntwo", "one two\n", false],
    ["text", "Password: …\nend", "Password: abc\nend\n", true],
    ["text", "Password: …\nend", "Password: abc\nend, or not\n", false],
    ["text", "1.5 (a)", "1x5 (a)", false],
    ["json", '{ "status": "ok" }', '{\n  "status": "ok"\n}\n', true],
    ["json", '{ "status": 409 }', '{\n  "status": 422\n}\n', false],
    ["js", '{ …, "status": 409, … }', '{\n  "type": "x",\n  "status": 409,\n  "code": "y"\n}\n', true],
    ["js", '{ …, "status": 409, … }', '{\n  "type": "x",\n  "status": 422,\n  "code": "y"\n}\n', false],
  ])("of kind %s that reads %j is %j: %s", (kind, text, found, same) => {
    expect(printed({ kind, text }, found)).toBe(same);
  });
});
