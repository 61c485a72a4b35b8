import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { startTestApi, type TestApi } from "../support/api.ts";
import { type Command, command, openStage, prepareStages, step, verify } from "./commands.ts";
import { complaints, dump } from "./invariants.ts";

// HISTORIES=5000 runs more, under another seed each time; HISTORIES_SEED runs what a failure has printed.
const histories = Number(process.env["HISTORIES"] ?? 12);
const seed = Number(
  process.env["HISTORIES_SEED"] ?? (process.env["HISTORIES"] === undefined ? 20_261_122 : Date.now() % 2 ** 31),
);
const lanes = 3;

let api: TestApi;
let serial = 0;
beforeAll(async () => {
  api = await startTestApi();
  await prepareStages(api);
});

const everyOutcome =
  "unauthenticated forbidden not_found level_required level_fixed level_not_allowed name_taken external_ref_taken customer_deleted default_customer confirmation_required not_applicable immutable location_required location_fixed service_type_not_allowed service_type_in_use move_refused allotment_exceeded limit_below_committed changes_refused trial_extended invalid_time trial_too_long".split(
    " ",
  );
const nextTag = (): string => `h${(serial += 1).toString(36).padStart(4, "0")}`;

test(
  `${histories} random histories agree with the model, and so does the table after each (seed ${seed})`,
  { timeout: 60_000 + histories * 1_000 },
  async () => {
    const history = fc.array(command, { minLength: 10, maxLength: 16, size: "max" });
    const outcomes = new Map<string, number>();
    const run = async (commands: Command[]): Promise<void> => {
      const stage = await openStage(api, nextTag(), outcomes);
      for (const one of commands) await step(stage, one);
      await verify(stage);
    };
    await Promise.all(
      Array.from({ length: lanes }, (_, lane) =>
        fc.assert(fc.asyncProperty(history, run), { seed: seed + lane, numRuns: Math.ceil(histories / lanes) }),
      ),
    );
    expect(complaints(await dump(api.table), { whole: true, hints: false })).toEqual([]);
    // Agreement is worth little where nothing happens: most refusals must have come up, and many successes.
    expect(outcomes.get("success")).toBeGreaterThan(histories * 4);
    expect(outcomes.get("moved")).toBeGreaterThan(histories / 8);
    if (histories >= 200) expect([...outcomes.keys()]).toEqual(expect.arrayContaining(everyOutcome));
  },
);
