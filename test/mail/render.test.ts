import { describe, expect, test } from "vitest";
import { type MailLook, MailMatter } from "../../shared/domain/mail/mail.ts";
import { formatsFor } from "../../shared/mail/formats.ts";
import { render } from "../../shared/mail/render.ts";
import {
  account,
  accountDetails,
  accountTrialDeleted,
  accountTrialEnded,
  customerDetails,
  languages,
  location,
  look,
  matters,
  passwordReset,
  plainLook,
  trialEnded,
  trialNotice,
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

test("every template is among those that are tried, as the outbox keeps it", () => {
  const all = MailMatter.options.map(({ shape }) => shape.template.value);
  // What a report says is kept apart, and has tests of its own.
  const templates = all.filter((template) => template !== "report");
  expect(new Set(Object.values(matters).map(({ template }) => template))).toEqual(new Set(templates));
  for (const matter of Object.values(matters)) expect(MailMatter.parse(matter)).toEqual(matter);
});

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

  test("speaks to a customer of its trial in other words than to the one that sells to it", async () => {
    for (const matter of [trialNotice, trialEnded]) {
      const [toCustomer, toSeller] = await Promise.all(
        (["customer", "seller"] as const).map((audience) => read({ ...matter, audience }, { locale })),
      );
      expect(toSeller!.subject).not.toBe(toCustomer!.subject);
      expect(toSeller!.text).not.toBe(toCustomer!.text);
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
  const others = [trialNotice, trialEnded, accountTrialEnded, accountTrialDeleted];
  for (const matter of [{ ...accountDetails, password: "known" as const }, customerDetails, ...others]) {
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

test.each([
  ["en", 1, "ends within 24 hours"],
  ["en", 2, "ends in 2 days"],
  ["en", 1000, "ends in 1,000 days"],
  ["de", 1, "endet innerhalb von 24 Stunden"],
  ["de", 2, "endet in 2 Tagen"],
  ["de", 1000, "endet in 1.000 Tagen"],
])("says in %s, of a trial with %d days left, that it %s", async (locale, daysLeft, words) => {
  for (const audience of ["customer", "seller"] as const) {
    const mail = await read({ ...trialNotice, audience, daysLeft }, { locale });
    for (const part of [mail.subject, ...bothOf(mail)]) expect(part).toContain(`Mustermann GmbH ${words}`);
  }
});

test("gives no notice of a trial that has no day left", () => {
  for (const daysLeft of [0, -1, 0.5]) expect(MailMatter.safeParse({ ...trialNotice, daysLeft }).success).toBe(false);
});

test.each([
  ["en", "Europe/Berlin", "on August 31, 2026 at 2:00 PM GMT+2"],
  ["en-GB", "Europe/London", "on 31 August 2026 at 13:00 BST"],
  ["de", "Europe/Berlin", "am 31. August 2026 um 14:00 MESZ"],
  ["de-CH", "Asia/Tokyo", "am 31. August 2026 um 21:00 GMT+9"],
])("tells, for %s in %s, that a trial ends or ended %s", async (locale, timezone, moment) => {
  const endings = [trialNotice, trialEnded, { ...trialEnded, early: true }].flatMap((matter) =>
    (["customer", "seller"] as const).map((audience) => ({ ...matter, audience })),
  );
  for (const matter of [...endings, accountTrialEnded])
    for (const part of bothOf(await read(matter, { locale, timezone }))) expect(part).toContain(moment);
});

test("tells a customer, and the one that sells to it, what is invoiced once the trial is over", async () => {
  const told = async (matter: MailMatter, locale = "en") => bothOf(await read(matter, { locale }));
  const seller = { audience: "seller" } as const;
  for (const part of await told(trialNotice)) {
    expect(part).toContain("Your trial of our backup service for Mustermann GmbH ends");
    expect(part).toContain("It is invoiced from that moment on.");
    expect(part).toContain("please contact Nordlicht Backup before then.");
  }
  for (const part of await told({ ...trialNotice, ...seller })) {
    expect(part).toContain("your customer Mustermann GmbH ends");
    expect(part).toContain("Production then begins automatically, and the customer is invoiced from that moment on.");
  }
  for (const part of await told(trialEnded)) {
    expect(part).toContain("Your trial of our backup service for Mustermann GmbH ended on");
    expect(part).toContain("It is invoiced from that moment on, pro rata for the month in which the trial ended.");
  }
  for (const part of await told({ ...trialEnded, ...seller })) {
    expect(part).toContain("your customer Mustermann GmbH ended on");
    expect(part).toContain("in production and is invoiced, pro rata for the month in which the trial ended.");
  }
  for (const part of await told(trialNotice, "de")) expect(part).toContain("in Rechnung gestellt.");
  for (const part of await told({ ...trialNotice, ...seller }, "de")) {
    expect(part).toContain("für Ihren Kunden Mustermann GmbH endet");
    expect(part).toContain("wird dem Kunden der Dienst in Rechnung gestellt.");
  }
  for (const matter of [trialEnded, { ...trialEnded, ...seller }])
    for (const part of await told(matter, "de")) expect(part).toContain("für den angebrochenen Monat anteilig.");
});

test("says of a trial that was ended early that it was, and of no other", async () => {
  for (const audience of ["customer", "seller"] as const)
    for (const [locale, words] of [
      ["en", "was ended ahead of time"],
      ["de", "vorzeitig beendet"],
    ] as const) {
      for (const part of bothOf(await read({ ...trialEnded, audience, early: true }, { locale })))
        expect(part).toContain(words);
      for (const part of bothOf(await read({ ...trialEnded, audience }, { locale }))) expect(part).not.toContain(words);
    }
});

test("tells the user of an account whose trial is over what still stands, and until when it can be kept", async () => {
  const english = await read(accountTrialEnded);
  for (const part of bothOf(english)) {
    expect(part).toContain(
      "suspended: its computers no longer back up. What has been backed up so far is still there.",
    );
    expect(part).toContain(
      "Unless the account is moved to a paid plan, it will be deleted on September 30, 2026 at 2:00 PM GMT+2.",
    );
    expect(part).toContain("please contact Nordlicht Backup before then.");
  }
  for (const line of ["Service plan: Office 500", "Storage space: 1.5\u00a0GiB"]) expect(english.lines).toContain(line);
  for (const part of bothOf(await read(accountTrialEnded, { locale: "de" }))) {
    expect(part).toContain("gesperrt: Die zugehörigen Computer sichern keine Daten mehr.");
    expect(part).toContain("wird es am 30. September 2026 um 14:00 MESZ gelöscht.");
  }
});

test("tells the user of a deleted account until when it can be restored", async () => {
  for (const part of bothOf(await read(accountTrialDeleted))) {
    expect(part).toContain("was deleted on September 30, 2026 at 2:00 PM GMT+2, because its trial had ended");
    // The clocks have been put back in between.
    expect(part).toContain("It can be restored until October 30, 2026 at 1:00 PM GMT+1.");
    expect(part).toContain("After that, its data is removed for good.");
  }
  for (const part of bothOf(await read(accountTrialDeleted, { locale: "de" }))) {
    expect(part).toContain("wurde am 30. September 2026 um 14:00 MESZ gelöscht");
    expect(part).toContain("Bis zum 30. Oktober 2026 um 13:00 MEZ kann es wiederhergestellt werden.");
    expect(part).toContain("Danach werden seine Daten endgültig gelöscht.");
  }
});

test("tells the end of an account's trial once where the mail is about it", async () => {
  const past = { ...account, trialEndsAt: "2025-01-02T12:00:00.000Z" };
  for (const matter of [accountTrialEnded, accountTrialDeleted])
    for (const [locale, label] of [
      ["en", "End of trial"],
      ["de", "Ende der Testphase"],
    ] as const)
      for (const part of bothOf(await read({ ...matter, account: past }, { locale }))) {
        expect(part).not.toContain(label);
        expect(part).not.toContain("2025");
      }
});

test("sends the reader of a trial's mail to support, and not to the setup", async () => {
  for (const matter of [trialNotice, trialEnded, accountTrialEnded, accountTrialDeleted])
    expect((await read(matter)).page.links).toEqual([look.logoUrl, look.supportUrl]);
});

test.each<[string, MailMatter]>([
  ["trial's end in account details", { ...accountDetails, account: { ...account, trialEndsAt: "soon" } }],
  ["trial's end in a notice", { ...trialNotice, endsAt: "soon" }],
  ["trial's end once it has come", { ...trialEnded, endedAt: "soon" }],
  ["account's trial's end", { ...accountTrialEnded, endedAt: "soon" }],
  ["account's deletion to come", { ...accountTrialEnded, deleteAt: "soon" }],
  ["account's deletion", { ...accountTrialDeleted, deletedAt: "soon" }],
  ["account's purge", { ...accountTrialDeleted, purgeAt: "soon" }],
])("refuses a moment that is none: %s", async (_, broken) => {
  await expect(render(broken, look, secret)).rejects.toThrow(RangeError);
});
