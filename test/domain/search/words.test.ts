import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  filedPart,
  searchForm,
  wordsOfAccount,
  wordsOfCustomer,
  wordsOfDevice,
} from "../../../shared/domain/search/words.ts";

describe("the form in which something is looked up", () => {
  test.each([
    [
      "Latin",
      "Zahnärzte Łódź & Straßburg",
      ["zahnarz", "ZAHNÄRZTE LODZ", "zahnarzte łódź str", "zahnärzte łódź STRASS"],
    ],
    ["Latin in full width", "Ｍüller ＧｍｂＨ", ["muller g", "MÜLLER"]],
    ["Vietnamese", "Đặng Thị Hồng", ["dang thi", "ĐẶNG", "đang thi hong"]],
    ["Greek", "Οδοντίατρος Άννα", ["οδοντιατροσ", "ΟΔΟΝΤΊΑΤΡΟΣ α"]],
    ["Cyrillic", "Ёлкин и Сыновья", ["елкин", "ЁЛКИН И"]],
    ["Hebrew", "מרפאה ד״ר כהן", ["מרפאה", "מרפאה ד"]],
    ["Arabic", "شركة النُّور", ["شركة", "شركة النور"]],
    ["Devanagari", "डॉक्टर शर्मा", ["डॉक्टर", "डॉ"]],
    ["Chinese", "北京牙科（医院）", ["北京", "北京牙科 医"]],
    ["Japanese", "ｶﾌﾞｼｷｶﾞｲｼｬ 山田", ["カブシキ", "カフシキカイシャ 山"]],
    ["Korean", "한국 치과", ["한국", "한국 치"]],
  ])("begins alike for what people type: %s", (_, name, typed) => {
    for (const text of typed) expect([text, searchForm(name).startsWith(searchForm(text))]).toEqual([text, true]);
  });

  test("is not found by what stands elsewhere, or is another letter", () => {
    const form = searchForm("Zahnarzt Müller");
    for (const text of ["arzt", "muller", "zahnarzt  x", "mueller"])
      expect([text, form.startsWith(searchForm(text))]).toEqual([text, false]);
  });

  test("has a space for punctuation of every kind, at the ends none, and keeps what is nothing else", () => {
    expect(searchForm("„O’Neil‟ – (Söhne)_GmbH/K-1000.7")).toBe("o neil sohne gmbh k 1000 7");
    expect(searchForm("ann-lee+backup@exämple.example")).toBe("ann lee+backup example example");
    expect(searchForm("C++")).toBe("c++");
    expect(searchForm("★ Bar ★")).toBe("★ bar ★");
    expect(searchForm(" … ")).toBe("...");
    expect(searchForm("\u200b")).toBe("");
  });

  test("begins alike for every beginning of a text, letter by letter", () => {
    const letter = fc.constantFrom(..."aÄéøßŁ-. 9_@Ωж語ｶ‚");
    fc.assert(
      fc.property(fc.array(letter, { minLength: 1, maxLength: 30 }), fc.nat(), (letters, at) => {
        const whole = searchForm(letters.join(""));
        const typed = searchForm(letters.slice(0, 1 + (at % letters.length)).join(""));
        // Punctuation alone is itself until a letter comes.
        return !/[\p{L}\p{N}]/u.test(typed) || whole.startsWith(typed);
      }),
    );
  });

  test("is its own form", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (text) => {
        const form = searchForm(text);
        expect(searchForm(form)).toBe(form);
      }),
    );
  });
});

describe("what is filed of a form", () => {
  test("is its beginning, 120 bytes at most, and never half a character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        const part = filedPart(text);
        const bytes = Buffer.byteLength(part);
        expect([text.startsWith(part), bytes <= 120]).toEqual([true, true]);
        const next = Array.from(text.slice(part.length))[0];
        expect(next === undefined || bytes + Buffer.byteLength(next) > 120).toBe(true);
      }),
    );
  });

  test("of what begins with a text begins with what is filed of the text", () => {
    const name = `${"語".repeat(39)}äö${"x".repeat(50)}`;
    for (const length of [1, 39, 40, 41, 80])
      expect(filedPart(searchForm(name)).startsWith(filedPart(searchForm(name.slice(0, length))))).toBe(true);
  });
});

describe("the words of", () => {
  const forms = (words: readonly { field: string; form: string }[]): string[] =>
    words.map(({ field, form }) => `${field}: ${form}`);

  test("a customer are its name from each of its first four words on, its address and its reference", () => {
    const customer = {
      name: "Praxis Dr. Anna Müller-Lüdenscheidt",
      email: "info@xn--exmple-cua.example",
      externalRef: "K/7",
    };
    expect(forms(wordsOfCustomer(customer))).toEqual([
      "name: praxis dr anna muller ludenscheidt",
      "name: dr anna muller ludenscheidt",
      "name: anna muller ludenscheidt",
      "name: muller ludenscheidt",
      "email: info example example",
      "externalRef: k 7",
    ]);
    expect(forms(wordsOfCustomer({ name: "One", email: "a@b.example", externalRef: null }))).toEqual([
      "name: one",
      "email: a b example",
    ]);
  });

  test("an account are its user name, what it is called elsewhere, and its contact's name and address", () => {
    const contact = { name: "Ida Holz", email: "ida@holz.example" };
    expect(forms(wordsOfAccount({ username: "Holz.Ida", externalRef: "A-1" }, contact))).toEqual([
      "username: holz ida",
      "contactName: ida holz",
      "contactName: holz",
      "contactEmail: ida holz example",
      "externalRef: a 1",
    ]);
  });

  test("a device are its name, which is one word, its machine id and its reference", () => {
    const device = { name: "PC-Empfang 3", machineId: "4C4C4544-0317", externalRef: null };
    expect(forms(wordsOfDevice(device))).toEqual(["name: pc empfang 3", "machineId: 4c4c4544 0317"]);
  });
});
