import { dictionary } from "@zxcvbn-ts/language-common";
import { expect, test } from "vitest";

const lists: Record<string, readonly (string | number)[]> = dictionary;
const known = (lists["passwords-common"] ?? []).map(String);

/** The file as it must be: `npm test -- test/domain/access/common-passwords.test.ts -u` writes it anew after an update of the library. */
const file = (
  long: readonly string[],
  words: readonly string[],
): string => `// From @zxcvbn-ts/language-common (MIT), by test/domain/access/common-passwords.test.ts.

/** Common passwords of twelve characters and more, lower case. */
export const commonPasswords: readonly string[] = ${JSON.stringify(long.join(" "))}.split(" ");

/** Letters of the thousand commonest passwords, of four characters and more, with digits read as the letters that they stand for. */
export const commonWords: readonly string[] = ${JSON.stringify(words.join(" "))}.split(" ");
`;

test("the lists of common passwords are those of the library", async () => {
  const long = known.filter((password) => password.length >= 12 && !/\s/.test(password));
  const words = new Set(known.filter((password) => /^[a-z]{4,}$/.test(password)).slice(0, 1000));
  expect(long.length).toBeGreaterThan(250);
  expect(words.has("password")).toBe(true);
  await expect(file([...new Set(long)], [...words])).toMatchFileSnapshot(
    "../../../shared/domain/access/common-passwords.ts",
  );
});
