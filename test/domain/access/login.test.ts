import { describe, expect, test } from "vitest";
import { normaliseLogin, Username } from "../../../shared/domain/access/login.ts";

describe("two user names", () => {
  test.each([
    ["Strasse", "STRAẞE"],
    ["straße", "STRASSE"],
    ["ａｎｎａ＠example.com", "anna@example.com"],
    ["ΟΔΥΣΣΕΥΣ", "οδυσσευς"],
    ["οδυσσευς", "οδυσσευσ"],
    ["ﬁnn", "FINN"],
    ["Å.berg", "A\u030a.berg"],
    ["an\u200bna", "anna"],
    ["Anna", "anna"],
  ])("that a reader takes for one are one: %j and %j", (one, other) => {
    expect(Username.parse(one)).toBe(one);
    expect(normaliseLogin(one)).toBe(normaliseLogin(other));
  });

  test.each([
    ["anna", "anna1"],
    ["müller", "muller"],
    ["anna.b", "annab"],
    ["l", "I"],
    ["0", "o"],
  ])("that differ are two: %j and %j", (one, other) => {
    expect(normaliseLogin(one)).not.toBe(normaliseLogin(other));
  });
});

test("a user name is kept as given, but trimmed", () => {
  expect(Username.parse("  Anna.Müller@Example.com ")).toBe("Anna.Müller@Example.com");
  expect(Username.parse("x".repeat(100))).toBe("x".repeat(100));
});

test.each([
  ["nothing", ""],
  ["spaces only", "   "],
  ["white space within", "anna b"],
  ["a tab within", "anna\tb"],
  ["a wide space within", "anna\u3000b"],
  ["nothing that is visible", "\u200b\u00ad"],
  ["a control character", "anna\u0000"],
  ["half a surrogate pair", "anna\ud800"],
  ["more than 100 characters", "x".repeat(101)],
  ["what becomes white space once normalised", "anna\u00a8b"],
  ["too much once normalised", "\ufdfa".repeat(60)],
  ["no text", 7],
])("a user name cannot be %s", (_, username) => {
  expect(Username.safeParse(username).success).toBe(false);
});
