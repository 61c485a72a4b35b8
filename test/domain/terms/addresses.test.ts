import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { displayAddress, EmailAddress, normaliseAddress } from "../../../shared/domain/terms/addresses.ts";
import { sized } from "../../support/size.ts";

const problem = (text: string): string | undefined => EmailAddress.safeParse(text).error?.issues[0]?.message;

describe("a mail address", () => {
  test.each([
    ["x@exämple.example", "x@xn--exmple-cua.example", "x@exämple.example"],
    ["x@EXÄMPLE.example", "x@xn--exmple-cua.example", "x@exämple.example"],
    ["x@exa\u0308mple.example", "x@xn--exmple-cua.example", "x@exämple.example"],
    ["x@xn--exmple-cua.example", "x@xn--exmple-cua.example", "x@exämple.example"],
    ["info@straße.de", "info@xn--strae-oqa.de", "info@straße.de"],
    ["anna@пример.рф", "anna@xn--e1afmkfd.xn--p1ai", "anna@пример.рф"],
    ["anna@例え。テスト", "anna@xn--r8jz45g.xn--zckzah", "anna@例え.テスト"],
    ["Anna.Müller@example.com".replace("ü", "ue"), "Anna.Mueller@example.com", "Anna.Mueller@example.com"],
    ["Anna@Example.COM", "Anna@Example.COM", "Anna@Example.COM"],
    ["  anna@example.com\n", "anna@example.com", "anna@example.com"],
    ["\u00a0\ufeffanna@exämple.example\u3000", "anna@xn--exmple-cua.example", "anna@exämple.example"],
    ["a+b_c'd@sub.example.co.uk", "a+b_c'd@sub.example.co.uk", "a+b_c'd@sub.example.co.uk"],
  ])("%j is kept as %s and shown as %s", (given, ascii, shown) => {
    expect(EmailAddress.parse(given)).toBe(ascii);
    expect(displayAddress(ascii)).toBe(shown);
    expect(EmailAddress.parse(ascii)).toBe(ascii);
    expect(EmailAddress.parse(shown)).toBe(ascii);
  });

  test.each(["jörg@example.com", "почта@пример.рф", "anna\u200b@example.com", "ａnna@example.com"])(
    "%j has letters before the @ that no mail can be sent to",
    (given) => expect(problem(given)).toBe("the part before the @ must be ASCII: no mail can be sent to other letters"),
  );

  test.each([
    "x@exä mple.example",
    "x@exämple..example\ufffd",
    "x@ä/b.example",
    "x@ä#.example",
    "x@exämple.de/b",
    "x@exämple.de?b",
    "x@exämple.de\\b",
    "x@exämple.de:25",
    "x@ex%C3%A4mple.de",
    "x@exämple.de／b",
    "x@exämple.de％41",
    "x@xn--\u00e4.example",
    `x@${"ä".repeat(64)}.example`,
    `x@${"a".repeat(64)}.example`,
  ])("%j has no domain after the @", (given) => expect(problem(given)).toBe("the part after the @ is no domain"));

  test.each([
    "",
    " ",
    "@",
    "x@",
    "@exämple.example",
    "exämple.example",
    "x@ä",
    "x@１.２.３.４",
    "x y@example.com",
    "a@b@c",
  ])("%j is none", (given) => expect(problem(given)).toBe("must be an e-mail address, such as anna@example.com"));

  test("is at most 254 characters, counted in ASCII", () => {
    const domain = (letters: number): string => `${"ä".repeat(10)}.${"b".repeat(letters)}.example`;
    const fits = EmailAddress.parse(`${"x".repeat(200)}@${domain(5)}`);
    expect(fits.length).toBeLessThanOrEqual(254);
    expect(problem(`${"x".repeat(230)}@${domain(5)}`)).toBe("must be at most 254 characters, its domain in ASCII");
  });

  test("is compared in its ASCII form, without regard to case", () => {
    expect(normaliseAddress("Anna@EXÄMPLE.example")).toBe("anna@xn--exmple-cua.example");
    expect(normaliseAddress("anna@XN--EXMPLE-CUA.example")).toBe("anna@xn--exmple-cua.example");
    expect(normaliseAddress("Anna@Example.com")).toBe("anna@example.com");
  });

  test("is ASCII and its own kept form, whatever text it is read from", () => {
    const label = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(label, label, (one, other) => {
        const read = EmailAddress.safeParse(`x@${one}.${other}.example`);
        if (!read.success) return;
        expect(read.data).toMatch(/^[\u0021-\u007e]+$/);
        expect(EmailAddress.parse(read.data)).toBe(read.data);
        expect(EmailAddress.parse(displayAddress(read.data))).toBe(read.data);
      }),
      { numRuns: sized(600, 3_000) },
    );
  });
});
