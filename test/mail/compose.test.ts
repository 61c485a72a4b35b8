import * as fc from "fast-check";
import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import { compose, type Envelope } from "../../shared/mail/compose.ts";
import { render } from "../../shared/mail/render.ts";
import { languages, look, matters } from "./matters.ts";
import { nastyText } from "./nasty-text.ts";
import { sized } from "../support/size.ts";

const envelope: Envelope = {
  from: { name: "Nordlicht Backup", address: "no-reply@nordlicht.example" },
  to: { name: "Erika Mustermann", address: "erika@mustermann.example" },
  mailId: "ml_01J8ZQ4N6T9W3X5Y7A1B2C3D4E",
  at: new Date("2026-08-01T10:20:30.000Z"),
};
const content = { subject: "Hello", text: "Text\n", html: "<p>HTML</p>\n", language: "en" };

const headerNames = (raw: Uint8Array): string[] => {
  const [head = ""] = Buffer.from(raw).toString("latin1").split("\r\n\r\n");
  return head
    .split("\r\n")
    .filter((line) => !/^[ \t]/.test(line))
    .map((line) => line.slice(0, line.indexOf(":")));
};
const longestLine = (raw: Uint8Array): number =>
  Math.max(
    ...Buffer.from(raw)
      .toString("latin1")
      .split("\r\n")
      .map((line) => line.length),
  );

const expectedHeaders = [
  "Auto-Submitted",
  "Content-Language",
  "Content-Type",
  "Date",
  "From",
  "MIME-Version",
  "Message-ID",
  "Subject",
  "To",
  "X-Auto-Response-Suppress",
];

describe.each(languages)("in %s", (locale) => {
  test.each(Object.entries(matters))("%s is read back as it was written", async (_, matter) => {
    const written = await render(matter, { ...look, locale }, "pässwörd =?utf-8?q?=41?= <&>");
    const raw = await compose(written, envelope);
    const { subject, text, html } = await simpleParser(Buffer.from(raw));
    expect(subject).toBe(written.subject);
    expect(text).toBe(written.text);
    expect(html).toBe(written.html);
    expect(longestLine(raw)).toBeLessThanOrEqual(998);
  });
});

test("offers text and HTML as alternatives, in this order, and says that a machine wrote it in which language", async () => {
  const raw = Buffer.from(await compose({ ...content, language: "de" }, envelope)).toString();
  expect(raw).toMatch(/^Content-Type: multipart\/alternative;/m);
  expect(raw.match(/^Content-Type: text\/.*$/gm)).toEqual([
    "Content-Type: text/plain; charset=utf-8",
    "Content-Type: text/html; charset=utf-8",
  ]);
  expect(raw).toContain("Auto-Submitted: auto-generated\r\n");
  expect(raw).toContain("X-Auto-Response-Suppress: All\r\n");
  expect(raw).toContain("Content-Language: de\r\n");
  expect(raw).toContain("Date: Sat, 01 Aug 2026 10:20:30 +0000\r\n");
  expect(raw).not.toMatch(/(?<!\r)\n/);
});

test("has the same Message-ID when it is sent again, under the sender's domain", async () => {
  const again = { ...envelope, at: new Date("2026-08-02T00:00:00.000Z") };
  for (const given of [envelope, again]) {
    const { messageId } = await simpleParser(Buffer.from(await compose(content, given)));
    expect(messageId).toBe(`<${envelope.mailId}@nordlicht.example>`);
  }
  const abroad = { ...envelope, from: { name: "x", address: "no-reply@bücher.example" } };
  const { messageId, from } = await simpleParser(Buffer.from(await compose(content, abroad)));
  expect(messageId).toBe(`<${envelope.mailId}@xn--bcher-kva.example>`);
  expect(from?.value[0]?.address).toContain("@");
});

test.each([
  ["Jürgen Großmann"],
  ["Zoë 🦊 Fuchs 👩‍👩‍👧"],
  ['Erika "Mus" Mustermann'],
  ["Mustermann, Erika; <erika@evil.example>"],
  ["O'Brien (Sales) \\ Partner"],
  ["株式会社バックアップ"],
  ["שלום בע״מ"],
  ["a".repeat(200)],
  ["ü".repeat(200)],
  ["🦊".repeat(100)],
  ["word ".repeat(39) + "end"],
])("keeps the name %s", async (name) => {
  const named = { ...envelope, from: { ...envelope.from, name }, to: { ...envelope.to, name } };
  const raw = await compose({ ...content, subject: `Account of ${name}` }, named);
  const { subject, from, to } = await simpleParser(Buffer.from(raw));
  expect(subject).toBe(`Account of ${name}`);
  expect(from?.value).toEqual([{ ...named.from, name }]);
  expect(to?.value).toEqual([{ ...named.to, name }]);
  expect(longestLine(raw)).toBeLessThanOrEqual(998);
});

test("text that looks like an encoded word is shown as it is, and not decoded", async () => {
  const name = "=?utf-8?q?=41?=";
  const raw = await compose({ ...content, subject: name }, { ...envelope, to: { ...envelope.to, name } });
  const { subject, to } = await simpleParser(Buffer.from(raw));
  for (const shown of [subject, to?.value[0]?.name]) expect(shown?.replaceAll("\u2060", "")).toBe(name);
});

test("no name, subject or text adds a header, a part or a recipient", async () => {
  await fc.assert(
    fc.asyncProperty(nastyText, nastyText, nastyText, nastyText, async (sender, recipient, subject, text) => {
      const raw = await compose(
        { ...content, subject: `About ${subject}`, text, html: text },
        { ...envelope, from: { ...envelope.from, name: sender }, to: { ...envelope.to, name: recipient } },
      );
      expect(headerNames(raw).toSorted()).toEqual(expectedHeaders);
      expect(longestLine(raw)).toBeLessThanOrEqual(998);
      const mail = await simpleParser(Buffer.from(raw));
      expect(mail.from?.value.map(({ address }) => address)).toEqual([envelope.from.address]);
      expect(mail.to?.value.map(({ address }) => address)).toEqual([envelope.to.address]);
      for (const shown of [mail.subject, mail.from?.value[0]?.name, mail.to?.value[0]?.name])
        expect(shown).not.toMatch(/[\r\n\0\u202e]/);
      expect([mail.cc, mail.bcc]).toEqual([undefined, undefined]);
      expect(mail.attachments).toEqual([]);
    }),
    { numRuns: sized(100, 500) },
  );
});

test("an address that is more than an address is refused, and else comes through as it is", async () => {
  const addresses = fc.oneof(
    nastyText,
    fc.tuple(nastyText, nastyText).map(([local, host]) => `${local}@${host}`),
    fc.tuple(nastyText, fc.emailAddress()).map(([before, address]) => `${before}${address}`),
    fc.tuple(fc.emailAddress(), nastyText).map(([address, after]) => `${address}${after}`),
    fc.emailAddress(),
  );
  await fc.assert(
    fc.asyncProperty(addresses, async (address) => {
      const given = { ...envelope, to: { name: "x", address } };
      const raw = await compose(content, given).catch((error: Error) => error);
      if (raw instanceof Error) {
        expect(raw.message).toMatch(/bare addresses/);
        return;
      }
      expect(headerNames(raw).toSorted()).toEqual(expectedHeaders);
      const { to } = await simpleParser(Buffer.from(raw));
      expect(to?.value).toHaveLength(1);
    }),
    { numRuns: sized(100, 500) },
  );
  await fc.assert(
    fc.asyncProperty(fc.emailAddress(), async (address) => {
      const raw = await compose(content, { ...envelope, to: { name: "x", address } });
      const { to } = await simpleParser(Buffer.from(raw));
      expect(to?.value[0]?.address.toLowerCase()).toBe(address.toLowerCase());
    }),
  );
});

test.each(["", "a@b", "a b", "a>", "a\r\nBcc: x@evil.example", "ä"])("refuses the mail id '%s'", async (mailId) => {
  await expect(compose(content, { ...envelope, mailId })).rejects.toThrow(/id of a mail/);
});

test("a list of a thousand accounts stays far below what SES takes", async () => {
  const matter = matters["customer-details"]!;
  if (matter.template !== "customer-details") throw new Error("not a list");
  const account = { ...matter.accounts[0]!, username: "ü".repeat(200), planName: "🦊".repeat(100) };
  const accounts = Array.from({ length: 1000 }, () => account);
  const raw = await compose(await render({ ...matter, accounts }, look, null), envelope);
  expect(raw.byteLength).toBeLessThan(10_000_000);
});
