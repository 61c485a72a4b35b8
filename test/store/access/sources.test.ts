import { expect, test } from "vitest";
import { sourceOf } from "../../../shared/store/access/sources.ts";

test.each([
  ["203.0.113.7", "203.0.113.7", true],
  ["203.0.113.7", "203.0.113.8", false],
  ["203.0.113.7", "::ffff:203.0.113.7", true],
  ["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true],
  ["2001:db8:1:2::1", "2001:0DB8:0001:0002::abcd", true],
  ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
  ["not an address", "not an address", true],
  ["not an address", "another", false],
])("%s and %s are one source: %s", (one, other, same) => {
  expect(sourceOf(one) === sourceOf(other)).toBe(same);
});

test("a source does not show its address", () => {
  expect(sourceOf("203.0.113.7")).toMatch(/^[\w-]{22}$/);
});
