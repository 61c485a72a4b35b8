import * as z from "zod";
import { commonPasswords, commonWords } from "./common-passwords.ts";
import { refuse } from "../terms/errors.ts";
import { normaliseLogin } from "./login.ts";

const shortest = 12;
const longest = 256;

/** A password as a request brings it; whether it is good enough is for `checkPassword`. */
export const Password = z
  .string()
  .max(longest, { error: `must be at most ${longest} characters` })
  .meta({ description: `At least ${shortest} characters, and none that is easily guessed`, format: "password" });

const common: ReadonlySet<string> = new Set(commonPasswords);
const words: ReadonlySet<string> = new Set(commonWords);

const lookalikes: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
};
const withoutLookalikes = (text: string): string => text.replace(/[013457@$!]/g, (char) => lookalikes[char] ?? char);
/** What is left of `Passw0rd2024!!` is `password`: additions at the ends do not make a common word a good password. */
const core = (text: string): string => withoutLookalikes(text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, ""));

/** Whether a text is a few characters over and over. */
const repeats = (text: string): boolean => /^(.{1,4}?)\1+.{0,3}$/su.test(text);
/** Whether each character follows on the one before: `abcdefghijkl`, `987654321098`. */
const runs = (text: string): boolean => {
  const codes = Array.from(text, (char) => char.codePointAt(0) ?? 0);
  const steps = codes.slice(1).map((code, index) => code - (codes[index] ?? 0));
  return [1, -1].some((way) => steps.filter((step) => step === way).length >= steps.length - 1);
};

/**
 * Rules of a password that somebody chose: long enough, and nothing that an attacker tries first (the common list, common words with
 * additions, repetitions, the login itself).
 * @throws DomainError password_too_weak, at `path`
 */
export function checkPassword(password: string, username: string, path: string): void {
  const weak = (message: string) => refuse("password_too_weak", path, message);
  const length = Array.from(password).length;
  if (length < shortest) throw weak(`The password must have at least ${shortest} characters; it has ${length}`);
  const folded = password.normalize("NFKC").toLowerCase();
  if (common.has(folded) || words.has(core(folded)) || words.has(folded.replace(/[^\p{L}]+/gu, "")))
    throw weak("The password is one of the most common passwords");
  if (repeats(folded) || runs(folded)) throw weak("The password follows a simple pattern");
  const login = normaliseLogin(username);
  const own = [login, login.split("@")[0] ?? ""].filter((part) => part.length >= 4);
  // What is left beside the login must be a password by itself.
  const spelled = normaliseLogin(password);
  if (own.some((part) => spelled.includes(part) && spelled.length - part.length < shortest))
    throw weak("The password must not be made from the user name");
}
