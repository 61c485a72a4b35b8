import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jobList } from "../../../functions/jobs.ts";
import { combined, type FilterPattern, matchesAny, matchesFilter } from "../../../shared/http/jobs/filter.ts";
import { isRelayed } from "../../../shared/http/jobs/job.ts";
import { batchBytes, handovers, recordBytes, relayRecords } from "../../../shared/http/jobs/relay.ts";
import type { Parked } from "../../../shared/runtime/queue.ts";

const record = (kind: string, nth: number, more: object = {}) => ({
  eventName: "INSERT",
  dynamodb: { SequenceNumber: String(nth), Keys: { pk: { S: `p${nth}` } }, NewImage: { kind: { S: kind }, ...more } },
});
const asking = (id: string, kinds: string[], batchSize = 100) => ({
  id,
  area: "stream",
  batchSize,
  filters: [{ eventName: ["INSERT"], dynamodb: { NewImage: { kind: { S: kinds } } } }],
});
const numbersOf = (payload: string): string[] =>
  (JSON.parse(payload) as { Records: { dynamodb: { SequenceNumber: string } }[] }).Records.map(
    ({ dynamodb }) => dynamodb.SequenceNumber,
  );

describe("a filter", () => {
  const pattern = { eventName: ["INSERT", "MODIFY"], dynamodb: { NewImage: { kind: { S: ["log"] } } } };
  test.each([
    [record("log", 1), true],
    [{ ...record("log", 1), eventName: "MODIFY" }, true],
    [{ ...record("log", 1), eventName: "REMOVE" }, false],
    [record("mail", 1), false],
    [{ eventName: "INSERT" }, false],
    [{ eventName: "INSERT", dynamodb: { NewImage: { kind: { N: "log" } } } }, false],
    [{ eventName: "INSERT", dynamodb: { NewImage: null } }, false],
    [null, false],
  ])("lets %o pass: %s", (value, passes) => {
    expect(matchesFilter(pattern, value)).toBe(passes);
  });

  test("combined with others lets pass what one of them lets pass", () => {
    const kind = fc.constantFrom("log", "mail", "customer", "account", "device");
    const event = fc.constantFrom("INSERT", "MODIFY", "REMOVE");
    const patterns = fc.array(
      fc.oneof(
        fc.record({ eventName: fc.array(event, { minLength: 1 }) }),
        fc.record({
          eventName: fc.array(event, { minLength: 1 }),
          dynamodb: fc.record({ NewImage: fc.record({ kind: fc.record({ S: fc.array(kind, { minLength: 1 }) }) }) }),
        }),
      ),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(patterns as fc.Arbitrary<FilterPattern[]>, kind, event, (of, ofKind, eventName) => {
        const value = { ...record(ofKind, 1), eventName };
        expect(matchesAny(combined(of), value)).toBe(matchesAny(of, value));
      }),
      { seed: 20_261_127, numRuns: 500 },
    );
    expect(combined([...asking("a", ["x"]).filters, ...asking("b", ["y", "x"]).filters])).toEqual(
      asking("c", ["x", "y"]).filters,
    );
  });
});

describe("the batches of the relay", () => {
  test("hold for each consumer what it asks for, in order, no more at once than it takes", () => {
    const records = Array.from({ length: 25 }, (_, nth) => record(nth % 2 === 0 ? "log" : "mail", nth));
    const { batches } = handovers(
      [asking("logs", ["log"], 5), asking("all", ["log", "mail"]), asking("none", ["x"])],
      records,
    );
    expect(batches.map(({ consumer, payload }) => [consumer.id, numbersOf(payload).length])).toEqual([
      ["logs", 5],
      ["logs", 5],
      ["logs", 3],
      ["all", 25],
    ]);
    expect(batches.slice(0, 3).flatMap(({ payload }) => numbersOf(payload))).toEqual(
      records.filter((one) => one.dynamodb.NewImage.kind.S === "log").map((one) => one.dynamodb.SequenceNumber),
    );
  });

  test("stay below a size, except for a single record, which may have up to the size of an event", () => {
    const large = (nth: number, bytes: number) => record("log", nth, { data: { S: "x".repeat(bytes) } });
    const records = [large(1, 100_000), large(2, 100_000), large(3, 100_000), large(4, 700_000), large(5, 2_000_000)];
    const { batches, tooLarge } = handovers([asking("logs", ["log"])], records);
    expect(batches.map(({ payload }) => numbersOf(payload))).toEqual([["1", "2"], ["3"], ["4"]]);
    expect(tooLarge.map(({ dynamodb }) => dynamodb.SequenceNumber)).toEqual(["5"]);
    for (const { payload, records: of } of batches)
      expect(Buffer.byteLength(payload)).toBeLessThan(of.length > 1 ? batchBytes + 100 : recordBytes + 100);
  });

  test("reach every relayed job of the product by its own filter", () => {
    const kinds = { log: "INSERT", mail: "INSERT", customer: "MODIFY", account: "MODIFY" };
    const records = Object.entries(kinds).map(([kind, eventName], nth) => ({ ...record(kind, nth), eventName }));
    const { batches } = handovers(jobList.filter(isRelayed), records);
    expect(Object.fromEntries(batches.map(({ consumer, records: of }) => [consumer.id, of.length]))).toEqual({
      fileLogEntries: 1,
      sendMail: 1,
      watchThresholds: 2,
    });
  });
});

describe("a hand-over that fails", () => {
  const consumers = [asking("one", ["log"]), asking("two", ["log"]), asking("three", ["log"])];
  const stage = (failing: (id: string) => boolean, parking: () => void = () => undefined) => {
    const invoked: string[] = [];
    const parked: Parked[] = [];
    const reported: unknown[] = [];
    return {
      invoked,
      parked,
      reported,
      ports: {
        invoke: async ({ id }: { id: string }) => {
          if (failing(id)) throw Object.assign(new Error("no such function"), { name: "ResourceNotFoundException" });
          invoked.push(id);
        },
        park: async (content: Parked) => {
          parking();
          parked.push(content);
        },
        report: (message: string, about: Record<string, unknown>) => void reported.push([message, about["consumer"]]),
      },
    };
  };

  test("holds up no other consumer: its batch is put aside, and reported", async () => {
    const { invoked, parked, reported, ports } = stage((id) => id === "two");
    expect(await relayRecords(consumers, [record("log", 7)], ports)).toEqual({ handedOn: 2, parked: 1 });
    expect(invoked.sort()).toEqual(["one", "three"]);
    expect(parked.map(({ consumer, reason, payload }) => [consumer, reason, numbersOf(payload)])).toEqual([
      ["two", "ResourceNotFoundException", ["7"]],
    ]);
    expect(reported).toEqual([["hand-over failed", "two"]]);
  });

  test("makes the batch come again only where it could not be put aside either, once the others have theirs", async () => {
    const { invoked, ports } = stage(
      (id) => id === "two",
      () => {
        throw new Error("no queue");
      },
    );
    await expect(relayRecords(consumers, [record("log", 7)], ports)).rejects.toThrow("1 batches could be neither");
    expect(invoked.sort()).toEqual(["one", "three"]);
  });

  test("for the size of a record leaves the record's keys behind", async () => {
    const { invoked, parked, ports } = stage(() => false);
    const tooLarge = record("log", 9, { data: { S: "x".repeat(recordBytes) } });
    await relayRecords(consumers, [record("log", 8), tooLarge], ports);
    expect(invoked).toHaveLength(3);
    expect(parked).toEqual([
      { consumer: null, reason: "too large", payload: '{"SequenceNumber":"9","Keys":{"pk":{"S":"p9"}}}' },
    ]);
  });
});
