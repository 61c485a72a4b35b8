import { expect, test } from "vitest";
import { addDuration } from "../../../local/machine/duration.ts";

const start = Date.UTC(2026, 0, 31, 12);

test.each([
  ["PT1H", "2026-01-31T13:00:00.000Z"],
  ["P31D", "2026-03-03T12:00:00.000Z"],
  ["P1M", "2026-02-28T12:00:00.000Z"],
  ["P1Y1M", "2027-02-28T12:00:00.000Z"],
  ["P2Y1M", "2028-02-29T12:00:00.000Z"],
  ["P2W", "2026-02-14T12:00:00.000Z"],
  ["P1DT2H3M4.5S", "2026-02-01T14:03:04.500Z"],
  ["PT0S", "2026-01-31T12:00:00.000Z"],
])("%s later", (duration, end) => {
  expect(new Date(addDuration(start, duration) ?? 0).toISOString()).toBe(end);
});

test.each([
  "",
  "P",
  "PT",
  "P1DT",
  "1H",
  "-PT1H",
  "PT-1H",
  "P1H",
  "PT1D",
  "pt1h",
  " PT1H",
  "P1.5D",
  "P9000Y",
  `P${"9".repeat(400)}D`,
])("%j is no duration", (text) => expect(addDuration(start, text)).toBeUndefined());
