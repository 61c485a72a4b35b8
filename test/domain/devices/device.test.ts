import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CustomerRecord } from "../../../shared/domain/hierarchy/customer.ts";
import { type Attention, AttentionCode, withAttention } from "../../../shared/domain/devices/attention.ts";
import { DeviceRecord, isServer, newDevice, presentDevice } from "../../../shared/domain/devices/device.ts";

const id = (prefix: string, last: string): string => `${prefix}_${"0".repeat(25)}${last}`;
const machine = { machineId: "m", name: "PC", kind: "laptop", os: "Linux" } as const;
const at = Date.parse("2026-01-01T00:00:00.000Z");
const device = (state: "active" | "pending") =>
  newDevice(
    machine,
    { id: id("dev", "1"), customerId: id("cus", "1"), accountId: id("acc", "1"), plan: "select", state },
    at,
  );

describe("a new device", () => {
  test("has nothing yet, and is a record that can be read again", () => {
    expect(device("active")).toMatchObject({ version: 1, licensed: false, usedBytes: 0, setCount: 0, attention: [] });
    expect(DeviceRecord.parse(device("active"))).toEqual(device("active"));
    const stored = Object.fromEntries(Object.entries(device("active")).filter(([, value]) => value !== null));
    expect(DeviceRecord.parse(stored)).toEqual(device("active"));
  });
  test("that waits needs somebody to look at it", () => {
    expect(device("pending").attention).toEqual([{ code: "pending", since: "2026-01-01T00:00:00.000Z" }]);
  });
  test("is shown without what is its keepers' own, with the place of its data", () => {
    const shown = presentDevice(device("active"), {
      id: id("cus", "1"),
      storageLocation: "CH",
      vault: null,
      formerVaults: [],
    } as unknown as CustomerRecord);
    expect(shown).toMatchObject({ kind: "laptop", storageLocation: "CH" });
    for (const name of ["machineKind", "plan", "setCount", "usageMeasuredAt", "usageHeardAt"])
      expect(shown).not.toHaveProperty(name);
  });
  test("is a server where it says so", () => {
    expect(["workstation", "laptop", "server"].map((machineKind) => isServer({ machineKind } as DeviceRecord))).toEqual(
      [false, false, true],
    );
  });
});

describe("what needs attention", () => {
  const codes = AttentionCode.options;
  const anyChanges = fc.record(
    Object.fromEntries(codes.map((code) => [code, fc.boolean()])) as Record<AttentionCode, fc.Arbitrary<boolean>>,
    { requiredKeys: [] },
  );
  test("is what was raised last and not settled since, each once, known since it was raised first", () => {
    fc.assert(
      fc.property(fc.array(anyChanges, { maxLength: 12 }), (story) => {
        let known: Attention[] = [];
        const model = new Map<AttentionCode, string>();
        for (const [step, changes] of story.entries()) {
          const since = new Date(at + step).toISOString();
          known = withAttention(known, changes, since);
          for (const code of codes) {
            if (changes[code] === false) model.delete(code);
            if (changes[code] === true && !model.has(code)) model.set(code, since);
          }
          expect(new Map(known.map((one) => [one.code, one.since]))).toEqual(model);
          expect(known).toHaveLength(model.size);
        }
      }),
    );
  });
});
