import { describe, expect, test, vi } from "vitest";
import {
  hashPassword,
  nobodysHash,
  temporaryPassword,
  verifyPassword,
} from "../../../shared/store/access/credentials.ts";

// The hash itself is tried here.
vi.unmock("node:crypto");

describe("the hash of a password", () => {
  test("is argon2id with the parameters that OWASP advises, in PHC's form", async () => {
    expect(await hashPassword("secret")).toMatch(
      /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
    );
  });

  test("is another each time, and stands for that password alone", async () => {
    const [one, other] = await Promise.all([hashPassword("secret"), hashPassword("secret")]);
    expect(one).not.toBe(other);
    expect(await verifyPassword("secret", one)).toBe(true);
    for (const wrong of ["Secret", "secret ", "", "secre"]) expect(await verifyPassword(wrong, one)).toBe(false);
  });

  test("is the same password however its accents were typed", async () => {
    expect(await verifyPassword("Zu\u0308rich", await hashPassword("Z\u00fcrich"))).toBe(true);
  });

  test("is checked by the parameters that it names, so that they can be raised later", async () => {
    // Made by the reference implementation: argon2 password somesalt -id -t 2 -m 16 -p 1 -l 32
    const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    expect(await verifyPassword("password", hash)).toBe(true);
    expect(await verifyPassword("passwore", hash)).toBe(false);
  });

  test("is an error where it is none, not a password that fits", async () => {
    for (const hash of ["", "$argon2i$v=19$m=1,t=1,p=1$aaaa$bbbb", `${await hashPassword("x")} `])
      await expect(verifyPassword("x", hash)).rejects.toThrow("Not a hash");
  });

  test("of nobody is no password's, and costs as much to try", async () => {
    for (const password of ["", "\u0000".repeat(32), "password"])
      expect(await verifyPassword(password, nobodysHash)).toBe(false);
    expect(nobodysHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$A{22}\$A{43}$/);
  });
});

describe("a temporary password", () => {
  const made = Array.from({ length: 3_000 }, () => temporaryPassword());

  test("has at least 80 random bits, in groups that can be read out", () => {
    for (const password of made) expect(password).toMatch(/^([a-km-np-z2-9]{5}-){3}[a-km-np-z2-9]{5}$/);
    expect(new Set(made).size).toBe(made.length);
  });

  test("has each of its 32 letters about as often at each of its 20 places", () => {
    const places = Array.from({ length: 20 }, () => new Map<string, number>());
    for (const password of made)
      for (const [place, letter] of Array.from(password.replaceAll("-", "")).entries())
        places[place]?.set(letter, (places[place].get(letter) ?? 0) + 1);
    const expected = made.length / 32;
    for (const counts of places) {
      expect(counts.size).toBe(32);
      // Eight standard deviations: never by chance.
      for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(8 * Math.sqrt(expected));
    }
  });
});
