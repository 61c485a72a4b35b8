import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accountComplaints } from "./account-invariants.ts";
import { step, together } from "./account-commands.ts";
import { type Command, command } from "./account-requests.ts";
import { type Ground, openGround, openStage, type Stage, verify } from "./account-stage.ts";
import { heldComplaints, totalsComplaints } from "./held-invariants.ts";
import { complaints, dump } from "./invariants.ts";

// ACCOUNT_HISTORIES=500 runs more, under another seed each time; HISTORIES_SEED runs what a failure has printed.
const given = process.env["ACCOUNT_HISTORIES"];
const histories = Number(given ?? 2);
const concurrent = Number(process.env["CONCURRENT_ACCOUNT_HISTORIES"] ?? (given === undefined ? 1 : 0));
const seed = Number(process.env["HISTORIES_SEED"] ?? (given === undefined ? 20_261_129 : Date.now() % 2 ** 31));

let ground: Ground;
let serial = 0;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.close());
const nextTag = (): string => `a${(serial += 1).toString(36).padStart(4, "0")}`;

/** The table as a whole, where it is not too large for that: also what belongs to no history. */
async function wholeTable(): Promise<void> {
  if (histories > 100) return;
  const items = await dump(ground.fleet.table);
  const options = { whole: true, moves: true, hints: false, services: false };
  expect([
    ...complaints(items, options),
    ...accountComplaints(items),
    ...heldComplaints(items),
    ...totalsComplaints(items),
  ]).toEqual([]);
}

const tell = (outcomes: ReadonlyMap<string, number>): void =>
  void process.stdout.write(
    `accounts: seed ${seed}: ${JSON.stringify(Object.fromEntries([...outcomes].toSorted()))}\n`,
  );

/** Tells with a failure what was asked for before. */
async function told(stage: Stage, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new Error(`${stage.trace.join("\n")}\n${String(error)}`, { cause: error });
  }
}

/** What each history begins with. */
const beginnings: Command["kind"][] = [
  "createCustomer",
  "createCustomer",
  "createCustomer",
  "createCustomer",
  "createSite",
  "createAccount",
  "createAccount",
  "createAccount",
  "createAccount",
  "createSubAccount",
  "createSubAccount",
  "enrol",
  "enrol",
  "enrol",
  "enrol",
  "enrol",
  "enrol",
  "approve",
  "approve",
  "backUp",
  "backUp",
  "backUp",
  "backUp",
  "report",
  "report",
  "drain",
  "createSet",
  "createSet",
  "createRest",
  "createRest",
  "createRest",
  "createRest",
] as Command["kind"][];
// Some histories move what has not been added up yet.
const isLeftOut = ({ choice }: Command, kind: Command["kind"]): boolean => kind === "drain" && choice % 4 === 0;
const beginning = fc.tuple(
  ...beginnings.map((kind) =>
    command.map((one): Command => ({ ...one, kind: isLeftOut(one, kind) ? "report" : kind })),
  ),
);

test(
  `${histories} histories of accounts and devices that are moved agree with the model (seed ${seed})`,
  { timeout: 60_000 + histories * 10_000 },
  async () => {
    const outcomes = new Map<string, number>();
    const history = fc.array(command, { minLength: 14, maxLength: 20, size: "max" });
    await fc.assert(
      fc.asyncProperty(beginning, history, async (first, commands) => {
        const stage = await openStage(ground, nextTag(), outcomes);
        await told(stage, async () => {
          for (const one of [...first, ...commands]) await step(stage, one);
          await verify(stage);
        });
      }),
      { seed, numRuns: histories, endOnFailure: true },
    );
    await wholeTable();
    tell(outcomes);
    expect(outcomes.get("row of accounts succeeded")).toBeGreaterThan(histories / 4);
  },
);

test(
  `${concurrent} histories of eight changes at a time leave nothing half done (seed ${seed})`,
  { timeout: 60_000 + concurrent * 20_000 },
  async () => {
    const outcomes = new Map<string, number>();
    const batch = fc.array(command, { minLength: 8, maxLength: 8, size: "max" });
    const history = fc.array(batch, { minLength: 3, maxLength: 4, size: "max" });
    await fc.assert(
      fc.asyncProperty(beginning, history, async (first, batches) => {
        const stage = await openStage(ground, nextTag(), outcomes);
        await told(stage, async () => {
          for (const one of first) await step(stage, one);
          for (const changes of batches) await together(stage, changes);
          await verify(stage, false);
        });
      }),
      // A race cannot be shrunk: what failed once may pass the next time.
      { seed, numRuns: concurrent, endOnFailure: true },
    );
    await wholeTable();
    tell(outcomes);
  },
);
