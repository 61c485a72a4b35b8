import { expect, test } from "vitest";
import { matchesPattern } from "../../../local/assembly/filter-pattern.ts";

const record = {
  eventName: "INSERT",
  size: 12,
  empty: null,
  tags: ["red", "blue"],
  dynamodb: { NewImage: { kind: { S: "log" }, list: [{ S: "a" }, { S: "b" }] } },
};

test.each([
  [{ eventName: ["INSERT"] }, true],
  [{ eventName: ["MODIFY", "INSERT"] }, true],
  [{ eventName: ["REMOVE"] }, false],
  [{ eventName: ["INSERT"], dynamodb: { NewImage: { kind: { S: ["log"] } } } }, true],
  [{ eventName: ["INSERT"], dynamodb: { NewImage: { kind: { S: ["key"] } } } }, false],
  [{ dynamodb: { OldImage: { kind: { S: ["log"] } } } }, false],
  [{ dynamodb: { NewImage: { kind: { S: [{ prefix: "lo" }] } } } }, true],
  [{ dynamodb: { NewImage: { kind: { S: [{ prefix: "og" }] } } } }, false],
  [{ dynamodb: { NewImage: { kind: { S: [{ suffix: "og" }] } } } }, true],
  [{ dynamodb: { NewImage: { kind: { S: [{ "equals-ignore-case": "LOG" }] } } } }, true],
  [{ dynamodb: { NewImage: { kind: { S: [{ "anything-but": ["log"] }] } } } }, false],
  [{ dynamodb: { NewImage: { kind: { S: [{ "anything-but": { prefix: "k" } }] } } } }, true],
  [{ dynamodb: { NewImage: { gone: { S: [{ "anything-but": ["log"] }] } } } }, false],
  [{ dynamodb: { NewImage: { kind: { S: [{ exists: true }] }, gone: { S: [{ exists: false }] } } } }, true],
  [{ dynamodb: { NewImage: { kind: { S: [{ exists: false }] } } } }, false],
  [{ dynamodb: { NewImage: { list: { S: ["b"] } } } }, true],
  [{ tags: ["blue"] }, true],
  [{ tags: ["green"] }, false],
  [{ empty: [null] }, true],
  [{ gone: [null] }, false],
  [{ size: [{ numeric: [">", 10, "<=", 12] }] }, true],
  [{ size: [{ numeric: [">", 10, "<", 12] }] }, false],
  [{ $or: [{ eventName: ["REMOVE"] }, { size: [12] }] }, true],
  [{ $or: [{ eventName: ["REMOVE"] }, { size: [13] }] }, false],
  [{}, true],
])("%j matches: %s", (pattern, matches) => {
  expect(matchesPattern(pattern, record)).toBe(matches);
});

test.each([{ eventName: [{ wildcard: "I*" }] }, { eventName: "INSERT" }])("%j is refused", (pattern) => {
  expect(() => matchesPattern(pattern, record)).toThrow();
});
