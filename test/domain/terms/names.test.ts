import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { baseLetters, CustomerName, defaultCustomerName, normaliseName } from "../../../shared/domain/terms/names.ts";
import { sized } from "../../support/size.ts";

/** How far apart the characters are that are tried above U+3000; the long run tries each. */
const step = Number(process.env["NAMES_STEP"] ?? 13);
const surrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdfff;
/** Code points but the surrogates, which names cannot hold: all below U+3000, where scripts with cases and marks stand, and every n-th above. */
function* codePoints(): Generator<string> {
  for (let code = 0; code <= 0x10ffff; code += code < 0x3000 ? 1 : step)
    if (!surrogate(code)) yield String.fromCodePoint(code);
}

describe("the normalised form of a name", () => {
  test("is its own normalised form, for characters of all of Unicode", () => {
    const failed: string[] = [];
    for (const char of codePoints()) {
      const once = normaliseName(char);
      if (normaliseName(once) !== once) failed.push(char.codePointAt(0)?.toString(16) ?? "");
    }
    expect(failed).toEqual([]);
  });

  // Neighbours that combine, fold or disappear: marks, a jamo, a final sigma, iota below, joiners, spaces, a letter.
  test.each(["\u0301", "\u0345", "\u1161", "\u03a3", "\u200d", " ", "a", "\u0130"])(
    "is its own normalised form, for characters beside %j",
    (neighbour) => {
      const failed: string[] = [];
      for (const char of codePoints()) {
        // Most of the upper planes is unassigned: characters that nothing happens to.
        if ((char.codePointAt(0) ?? 0) > 0x1ffff && (char.codePointAt(0) ?? 0) < 0xe0000) continue;
        if ((char.codePointAt(0) ?? 0) > 0xe0fff) break;
        const once = normaliseName(`${neighbour}${char}${neighbour}`);
        if (normaliseName(once) !== once) failed.push(char.codePointAt(0)?.toString(16) ?? "");
      }
      expect(failed).toEqual([]);
    },
    60_000,
  );

  test("is its own normalised form, for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 30 }), (text) => {
        expect(normaliseName(normaliseName(text))).toBe(normaliseName(text));
      }),
      { numRuns: sized(1_000, 5_000) },
    );
  });

  test("does not depend on case, width, composition, spaces at the ends or their number inside", () => {
    const wide = (text: string): string =>
      text.replaceAll(/[!-~]/g, (char) => String.fromCodePoint(char.charCodeAt(0) + 0xfee0));
    const words = fc.array(fc.stringMatching(/^[A-Za-z0-9äöüßéÅñç.&-]{1,8}$/), { minLength: 1, maxLength: 4 });
    const spaces = fc.stringMatching(/^[ \t\u00a0\u3000\u2003]{1,3}$/);
    fc.assert(
      fc.property(words, spaces, (parts, gap) => {
        const plain = normaliseName(parts.join(" "));
        expect(normaliseName(gap + parts.join(gap) + gap)).toBe(plain);
        for (const respelled of [
          parts.join(" ").toUpperCase(),
          parts.join(" ").toLowerCase(),
          parts.join(" ").normalize("NFD"),
          wide(parts.join(" ")),
        ])
          expect(normaliseName(respelled)).toBe(plain);
        expect(plain).toMatch(/^\S+( \S+)*$/);
      }),
      { numRuns: sized(400, 2_000) },
    );
  });

  test.each([
    ["Straße", "STRASSE"],
    ["ΣΊΣΥΦΟΣ", "σίσυφος"],
    ["ﬁrma", "FIRMA"],
    ["Ⅳ", "iv"],
    ["co\u00adop", "coop"],
    ["zero\u200bwidth", "zerowidth"],
    ["Å", "A\u030a"],
  ])("makes %j and %j one name", (one, other) => {
    expect(normaliseName(one)).toBe(normaliseName(other));
  });

  test.each([
    ["Müller", "Muller"],
    ["A B", "AB"],
    ["A-B", "A B"],
    ["1", "l"],
    ["0", "O"],
    ["é", "e"],
  ])("keeps %j and %j apart", (one, other) => {
    expect(normaliseName(one)).not.toBe(normaliseName(other));
  });
});

describe("the base letters of a name", () => {
  test.each([
    ["Äpfel", "apfel"],
    ["A\u0308pfel", "apfel"],
    ["Müller", "muller"],
    ["Łódź", "lodz"],
    ["Straße", "strasse"],
    ["Smørrebrød", "smorrebrod"],
    ["Ægir", "aegir"],
    ["Œuvre", "oeuvre"],
    ["Đorđević", "dordevic"],
    ["Ísafjörður", "isafjordur"],
    ["Þór", "thor"],
    ["ISPARTA", "isparta"],
    ["İzmir", "izmir"],
    ["ılıca", "ilica"],
    ["Ħamrun", "hamrun"],
    ["Ångström", "angstrom"],
    ["Việt Nam", "viet nam"],
    ["ｂａｎａｎａ", "banana"],
    ["Άλφα", "αλφα"],
    ["ガス", "カス"],
    ["한국", "한국"],
    ["हिन्दी", "हिन्दी"],
    ["日本", "日本"],
    ["10th", "10th"],
    ["\u0308", "\u0308"],
  ])("of %j are %j", (name, base) => expect(baseLetters(name)).toBe(base));

  test("are their own, never none, and never longer than the normalised name", () => {
    const failed: string[] = [];
    for (const char of codePoints()) {
      const [normalised, base] = [normaliseName(char), baseLetters(char)];
      const fits = Buffer.byteLength(base) <= Buffer.byteLength(normalised);
      if (!fits || (base === "") !== (normalised === "") || baseLetters(base) !== base)
        failed.push(char.codePointAt(0)?.toString(16) ?? "");
    }
    expect(failed).toEqual([]);
  }, 60_000);

  test("are the same for the same name, and hold no marks of the usual scripts", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 20 }), (name) => {
        expect(baseLetters(normaliseName(name))).toBe(baseLetters(name));
        if (/[a-z]/i.test(name)) expect(baseLetters(name)).not.toMatch(/[\u0300-\u036f]/);
      }),
      { numRuns: sized(600, 3_000) },
    );
  });
});

test("a name has 1 to 200 characters, one of them visible, and no control characters", () => {
  for (const name of ["x", " x ", "x".repeat(200), "😀", "日本 株式会社"])
    expect(CustomerName.parse(name)).toBe(name.trim());
  for (const name of [
    "",
    "   ",
    "x".repeat(201),
    "a\nb",
    "a\u0007",
    "\ud83d",
    "\u200b\u200d",
    "\ufdfa".repeat(60),
    5,
    null,
  ])
    expect(CustomerName.safeParse(name).success).toBe(false);
});

test("a Default Customer is named after its reseller, and two resellers' are two names", () => {
  expect(defaultCustomerName("Alpine IT")).toBe("Default Customer (Alpine IT)");
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 20 }),
      fc.string({ unit: "grapheme", maxLength: 20 }),
      (one, other) => {
        fc.pre(CustomerName.safeParse(one).success && CustomerName.safeParse(other).success);
        const same = normaliseName(one.trim()) === normaliseName(other.trim());
        expect(
          normaliseName(defaultCustomerName(one.trim())) === normaliseName(defaultCustomerName(other.trim())),
        ).toBe(same);
      },
    ),
  );
});
