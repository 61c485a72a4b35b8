import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commonPasswords, commonWords } from "../../../shared/domain/access/common-passwords.ts";
import { checkPassword, Password } from "../../../shared/domain/access/password.ts";
import { temporaryPassword } from "../../../shared/store/access/credentials.ts";
import { sized } from "../../support/size.ts";

/** What a password is refused with, null where it is good. */
function refusal(password: string, username = "anna@example.com"): { code: string; errors: object[] } | null {
  try {
    checkPassword(password, username, "newPassword");
    return null;
  } catch (error) {
    return error as { code: string; errors: object[] };
  }
}
function expectWeak(password: string, username?: string): void {
  expect(refusal(password, username), JSON.stringify(password)).toMatchObject({
    code: "password_too_weak",
    errors: [{ path: "newPassword", code: "password_too_weak" }],
  });
}

describe("a password", () => {
  test("has at least twelve characters, counted as a reader counts them", () => {
    expectWeak("");
    expectWeak("kd83jf0s7gh");
    expect(refusal("kd83jf0s7ghq")).toBeNull();
    expectWeak("😀🎈🐘🌍🚲🍋🎸🪁🧭🧵🪐");
    expect(refusal("😀🎈🐘🌍🚲🍋🎸🪁🧭🧵🪐🦊")).toBeNull();
  });

  test("has at most 256 characters", () => {
    expect(Password.safeParse("x".repeat(256)).success).toBe(true);
    expect(Password.safeParse("x".repeat(257)).success).toBe(false);
  });

  test("is none of the common ones, in any case or width", () => {
    const wide = (text: string): string =>
      text.replaceAll(/[!-~]/g, (char) => String.fromCodePoint(char.charCodeAt(0) + 0xfee0));
    for (const common of commonPasswords)
      for (const form of [common, common.toUpperCase(), wide(common)]) expectWeak(form);
  });

  test.each([
    "Password2024!",
    "p4ssw0rd!!!!",
    "!!!!Passw0rd",
    "$$$password$$$",
    "D.r.a.g.o.n.1.2.3",
    "12345sunshine6789",
    "123456789012",
    "qwertyuiop123456",
  ])("is no common word with additions, such as %s", (password) => expectWeak(password));

  test("is no common word with digits around it, for every word", () => {
    for (const word of commonWords) expectWeak(`19${word}${"7".repeat(12)}42`);
  });

  test.each(["aaaaaaaaaaaa", "abababababab", "abcabcabcabcab", "ab12ab12ab12", "            "])(
    "is not a few characters over and over, such as %j",
    (password) => expectWeak(password),
  );

  test.each(["abcdefghijkl", "ABCDEFGHIJKL", "mnopqrstuvwxyz", "lkjihgfedcba", "987654321098", "abcdefghijklz"])(
    "is no row of characters that follow each other, such as %s",
    (password) => expectWeak(password),
  );

  test("is not made of the login: what is left beside it must be a password by itself", () => {
    expectWeak("anna@example.com", "anna@example.com");
    expectWeak("anna@example.com1", "anna@example.com");
    expectWeak("My-Franziska-1", "franziska@example.com");
    expectWeak("FRANZISKA-kd83", "Franziska");
    expectWeak("ｆｒａｎｚｉｓｋａ-kd83", "franziska");
    expect(refusal("franziska-kd83jf0s7gh", "franziska@example.com")).toBeNull();
  });

  test("may hold a login that is too short to matter", () => {
    expect(refusal("kd83-ann-jf0s", "ann")).toBeNull();
  });

  test.each([
    "nobody guesses this one",
    "correct horse battery staple",
    "Zürich, 3. Stock links",
    "kd83jf0s7ghq",
    "пароль для Анны 7",
  ])("that nobody tries first is taken: %s", (password) => expect(refusal(password)).toBeNull());

  test("that was made as a temporary one is always strong", () => {
    for (let count = 0; count < 2_000; count += 1) expect(refusal(temporaryPassword())).toBeNull();
  });

  test("of any text is judged without an error of ours", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 300 }),
        fc.string({ unit: "binary", maxLength: 100 }),
        (password, username) => {
          const said = refusal(password, username);
          if (said) expect(said.code).toBe("password_too_weak");
        },
      ),
      { numRuns: sized(60, 300) },
    );
  });

  test("takes no time to judge, however it is made", () => {
    const started = performance.now();
    for (const unit of ["a", "ab", "abc", "abcd", "a1", "!", "\u0130"])
      for (const end of ["", "x", "\ud800"]) refusal(unit.repeat(256 / unit.length) + end);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
