import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { startTestApi, type TestApi } from "../support/api.ts";
import { type Command, command, openStage, requestOf, type Stage } from "./commands.ts";
import { complaints, customersIn, dump } from "./invariants.ts";

const histories = Number(process.env["CONCURRENT_HISTORIES"] ?? 30);
const seed = Number(process.env["HISTORIES_SEED"] ?? 20_261_122);

let api: TestApi;
let serial = 0;
beforeAll(async () => {
  api = await startTestApi();
});

/** Takes what the table holds below a history's top into its model, whatever the order was in which it came about. */
async function recall(stage: Stage): Promise<void> {
  const records = customersIn(await dump(api.table));
  const known = new Set(stage.members);
  for (const record of records.toSorted((one, other) => one.ancestors.length - other.ancestors.length)) {
    if (!record.ancestors.includes(stage.top) && record.id !== stage.top) continue;
    if (!known.has(record.id)) stage.members.push(record.id);
    stage.model.nodes.set(record.id, {
      ...record,
      parent: record.parentId ?? null,
      email: "",
      location: record.storageLocation,
      type: record.serviceType,
      set: record.servicesToProvide,
      deleted: record.deletedAt !== undefined,
      trial: record.trialEndsAt !== undefined,
      ref: record.externalRef ?? null,
      space: record.spaceLimit ?? null,
      licences: record.licenceLimit ?? null,
    });
  }
}

test(
  `${histories} histories of eight changes at a time keep every invariant, and nothing fails (seed ${seed})`,
  { timeout: 60_000 + histories * 5_000 },
  async () => {
    const locations = new Map<string, string>();
    const run = async (batches: Command[][]): Promise<void> => {
      const stage = await openStage(api, `c${(serial += 1).toString(36).padStart(4, "0")}`);
      for (const batch of batches) {
        const replies = await Promise.all(
          batch.map(async (one) => {
            const { operation, ...input } = requestOf(stage, one);
            return api.call(operation, input, { token: one.own ? stage.topToken : api.token });
          }),
        );
        for (const reply of replies) {
          expect([200, 201, 401, 403, 404, 409, 422, 503], JSON.stringify(reply.body)).toContain(reply.status);
          if (reply.status === 503) expect(reply.headers["retry-after"]).toBeDefined();
        }
        await recall(stage);
      }
      const items = await dump(api.table);
      // A type can be withdrawn in the moment in which a child begins to use it: no item is shared by the two.
      expect(complaints(items, { whole: true, services: false })).toEqual([]);
      for (const { id, storageLocation } of customersIn(items)) {
        expect(locations.get(id) ?? storageLocation, `storage location of ${id}`).toBe(storageLocation);
        locations.set(id, storageLocation);
      }
    };
    const batch = fc.array(command, { minLength: 8, maxLength: 8, size: "max" });
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 3, maxLength: 4, size: "max" }), run),
      // A race cannot be shrunk: what failed once may pass the next time.
      { seed, numRuns: histories, endOnFailure: true },
    );
  },
);
