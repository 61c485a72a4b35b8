import { describe, expect, test } from "vitest";
import type { MailLook, MailMatter } from "../../shared/domain/mail.ts";
import { formatsFor } from "../../shared/mail/formats.ts";
import { render } from "../../shared/mail/render.ts";
import {
  account,
  accountDetails,
  customerDetails,
  languages,
  location,
  look,
  matters,
  passwordReset,
  plainLook,
} from "./matters.ts";
import { parseHtml } from "./parsed-html.ts";

const secret = "Tr0ub4dor&3<>\"'";

/** Text and HTML of a mail as they are read, with the breaks of lines taken out. */
async function read(matter: MailMatter, given: Partial<MailLook> = {}, password: string | null = secret) {
  const mail = await render(matter, { ...look, ...given }, password);
  const html = parseHtml(mail.html);
  return { ...mail, lines: mail.text.split("\n"), flat: mail.text.replace(/\s+/g, " "), page: html };
}
/** Text and HTML of a mail: what is said must be said in both. */
const bothOf = ({ flat, page }: Awaited<ReturnType<typeof read>>) => [flat, page.text.replace(/\s+/g, " ")];

describe.each(languages)("in %s", (locale) => {
  describe.each(Object.entries(matters))("%s", (_, matter) => {
    test.each([
      ["whole look", look],
      ["bare look", plainLook],
    ])("fills every place, with a %s", async (_, given) => {
      for (const password of [secret, null]) {
        const { subject, text, html, language } = await render(matter, { ...given, locale }, password);
        expect(language).toBe(locale);
        for (const part of [subject, text, html]) {
          expect(part.trim()).not.toBe("");
          expect(part).not.toMatch(/undefined|null|\[object|\bNaN\b|Invalid|function|=>/);
        }
        expect(subject).not.toContain("\n");
        expect(html).toContain(`<html lang="${locale}" dir="ltr">`);
      }
    });

    test("says the same in text and HTML", async () => {
      const { lines, page } = await read(matter, { locale });
      const words = lines.join(" ").replace(/\s+/g, " ").split(" ");
      const shown = `${page.text} ${page.links.join(" ")}`.replace(/\s+/g, " ");
      // The text part ends labels with a colon, and writes addresses out.
      for (const word of words) expect(shown, word).toContain(word.replace(/:$/, ""));
    });

    test("keeps lines short, but for what cannot be broken", async () => {
      const { lines } = await read(matter, { locale });
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    });
  });

  test("shows a text where a preview has no password", async () => {
    for (const matter of [accountDetails, passwordReset]) {
      const { lines, page } = await read(matter, { locale }, null);
      const passwordLine = lines.find((line) => line.includes("("))!;
      expect(passwordLine).toMatch(/: \(.+\)$/);
      expect(page.text).toContain(passwordLine.replace(/^[^(]*/, ""));
      expect(page.codes).toEqual([account.username]);
    }
  });

  test("says where the data lies, and in which country if that is another", async () => {
    const country = new Intl.DisplayNames([locale], { type: "region" });
    for (const matter of [accountDetails, customerDetails]) {
      for (const part of bothOf(await read({ ...matter, storage: location("BE") }, { locale }))) {
        expect(part).toContain(country.of("BE"));
        expect(part).toContain(`: ${country.of("FR")}.`);
      }
      for (const part of bothOf(await read(matter, { locale }))) {
        expect(part).toContain(country.of("DE"));
        expect(part).not.toContain(`: ${country.of("DE")}.`);
      }
    }
  });
});

test("names the other country in a sentence that cannot be misread", async () => {
  const nearest = { ...accountDetails, storage: location("BE") };
  for (const part of bothOf(await read(nearest)))
    expect(part).toContain("but the data centre that holds the data stands in another country: France.");
  for (const part of bothOf(await read(nearest, { locale: "de" })))
    expect(part).toContain("steht jedoch in einem anderen Land: Frankreich.");
  for (const part of bothOf(await read(accountDetails))) expect(part).not.toContain("another country");
});

test("carries the temporary password with the order to change it, and a known one not at all", async () => {
  for (const matter of [accountDetails, passwordReset]) {
    const mail = await read(matter);
    expect(mail.lines).toContain(`User name: ${account.username}`);
    expect(mail.lines).toContain(`Temporary password: ${secret}`);
    expect(mail.page.codes).toEqual([account.username, secret]);
    for (const part of bothOf(mail)) expect(part).toContain("You must replace the temporary password");
    expect(mail.subject).not.toContain(secret);
  }
  for (const matter of [{ ...accountDetails, password: "known" as const }, customerDetails]) {
    const mail = await read(matter);
    expect(mail.text).not.toContain(secret);
    expect(mail.page.text).not.toContain(secret);
    expect(mail.text).not.toContain("temporary password");
  }
});

test("lists the accounts that it is given, and how many more there are", async () => {
  const mail = await read(customerDetails);
  expect(mail.page.codes).toEqual(["erika.mustermann", "max"]);
  for (const part of bothOf(mail)) {
    expect(part).toContain("unrestricted");
    expect(part).toContain("and 3 more accounts");
  }
  for (const part of bothOf(await read({ ...customerDetails, more: 1 })))
    expect(part).toMatch(/and 1 more account(?!s)/);
  for (const part of bothOf(await read({ ...customerDetails, more: 0 }))) expect(part).not.toMatch(/and \d/);
  for (const part of bothOf(await read({ ...customerDetails, more: 12345 }, { locale: "de" })))
    expect(part).toContain("und 12.345 weitere Konten");
});

test("grows by the accounts that it lists, and by nothing else", async () => {
  const long = { ...account, username: "u".repeat(200), planName: "p".repeat(200) };
  const sizeWith = async (count: number) => {
    const { text, html } = await render(
      { ...customerDetails, accounts: Array.from({ length: count }, () => long) },
      look,
      null,
    );
    return text.length + html.length;
  };
  const [none, one, thousand] = [await sizeWith(0), await sizeWith(1), await sizeWith(1000)];
  expect(one - none).toBeLessThan(3_000);
  expect(thousand - none).toBe(1000 * (one - none));
});

test.each([
  [0, "0 B", "0 B"],
  [1023, "1,023 B", "1.023 B"],
  [512 * 1024 ** 2, "512 MiB", "512 MiB"],
  [1.5 * 1024 ** 3, "1.5 GiB", "1,5 GiB"],
  [1_000_000_000, "953.67 MiB", "953,67 MiB"],
  [1024 ** 3 - 1, "1,023.99 MiB", "1.023,99 MiB"],
  [2 * 1024 ** 4, "2 TiB", "2 TiB"],
  [Number.MAX_SAFE_INTEGER, "7.99 PiB", "7,99 PiB"],
])("writes %d bytes as %s", (bytes, english, german) => {
  expect(formatsFor("en", "UTC").amount(bytes)).toBe(english.replace(" ", "\u00a0"));
  expect(formatsFor("de", "UTC").amount(bytes)).toBe(german.replace(" ", "\u00a0"));
});

test("tells the end of a trial in the locale and time zone of the look", async () => {
  const told = async (locale: string, timezone: string) => bothOf(await read(accountDetails, { locale, timezone }));
  for (const part of await told("de", "Europe/Berlin")) expect(part).toContain("31. August 2026 um 14:00 MESZ");
  for (const part of await told("en-GB", "Europe/London")) expect(part).toContain("31 August 2026 at 13:00 BST");
  for (const part of await told("en", "Pacific/Kiritimati")) expect(part).toContain("September 1, 2026");
});

test("tells it in UTC where the engine does not know the time zone", async () => {
  for (const timezone of ["", "Mars/Olympus_Mons", "<b>"])
    for (const part of bothOf(await read(accountDetails, { locale: "de", timezone })))
      expect(part).toContain("31. August 2026 um 12:00 UTC");
});

test.each([
  ["de", "de", "31. August"],
  ["de-CH", "de", "31. August"],
  ["de-XX", "de", "31. August"],
  ["en-GB", "en", "31 August"],
  ["fr", "en", "August 31"],
  ["fr-CA", "en", "August 31"],
  ["xyz", "en", "August 31"],
  ["", "en", "August 31"],
  ["DE", "en", "August 31"],
  ["de_DE", "en", "August 31"],
  ["../languages/de", "en", "August 31"],
  ["de-CH-1996", "en", "August 31"],
])("speaks, for the locale '%s', %s, with dates to match", async (locale, language, date) => {
  const mail = await read(accountDetails, { locale });
  expect(mail.language).toBe(language);
  expect(mail.html).toContain(`lang="${language}"`);
  for (const part of bothOf(mail)) expect(part).toContain(date);
});

test("links by https only, and leaves out what is anything else", async () => {
  const { page } = await read(accountDetails);
  expect(page.links).toEqual([look.logoUrl, look.setupUrl, look.supportUrl]);
  for (const url of [
    "http://a.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "//a.example/x",
    "https://",
    "x",
  ]) {
    const mail = await read(accountDetails, { logoUrl: url, setupUrl: url, supportUrl: url });
    expect(mail.page.links).toEqual([]);
    expect(mail.text).not.toContain(url);
  }
  const { page: quoted } = await read(accountDetails, { supportUrl: 'https://a.example/"><b>' });
  expect(quoted.links).toContain("https://a.example/%22%3E%3Cb%3E");
});

test("shows the logo with the sender's name for those who do not load it, or the name alone", async () => {
  expect((await read(accountDetails)).html).toContain('alt="Nordlicht Backup"');
  const { html, page } = await read(accountDetails, { logoUrl: null });
  expect(html).not.toContain("<img");
  expect(page.text.split("Nordlicht Backup")).toHaveLength(3);
});

test("refuses the end of a trial that is no moment in time", async () => {
  const broken = { ...accountDetails, account: { ...account, trialEndsAt: "soon" } };
  await expect(render(broken, look, secret)).rejects.toThrow(RangeError);
});
