import * as fc from "fast-check";
import { expect, test } from "vitest";
import { html, markupText } from "../../shared/mail/html.ts";
import { render } from "../../shared/mail/render.ts";
import {
  accountDetails,
  accountTrialDeleted,
  accountTrialEnded,
  customerDetails,
  customersMoved,
  look,
  passwordReset,
  trialEnded,
  trialNotice,
} from "./matters.ts";
import { nastyLine, nastyText } from "./nasty-text.ts";
import { parseHtml } from "./parsed-html.ts";
import { sized } from "../support/size.ts";

const values = fc.record({
  name: nastyText,
  username: nastyLine,
  password: nastyLine,
  logo: fc.boolean(),
  locale: fc.constantFrom("de", "en"),
  audience: fc.constantFrom("customer", "seller"),
});
type Values = typeof values extends fc.Arbitrary<infer T> ? T : never;

const mailsWith = ({ name, username, password, logo, locale, audience }: Values) => {
  const named = { recipient: name, customer: name };
  const account = { ...accountDetails.account, username, planName: name };
  const given = { ...look, locale, senderName: name, ...(logo ? {} : { logoUrl: null }) };
  return Promise.all(
    [
      { ...accountDetails, ...named, account },
      { ...passwordReset, ...named, account },
      { ...customerDetails, ...named, accounts: [account, account] },
      { ...accountTrialEnded, ...named, account },
      { ...accountTrialDeleted, ...named, account },
      { ...trialNotice, ...named, audience },
      { ...trialEnded, ...named, audience },
      { ...customersMoved, ...named, arrived: [name], left: [name] },
    ].map((matter) => render(matter, given, password)),
  );
};

test("no value makes markup, wherever it stands", async () => {
  await fc.assert(
    fc.asyncProperty(values, async (given) => {
      const harmless = await mailsWith({ ...given, name: "x", username: "x", password: "x" });
      const mails = await mailsWith(given);
      for (const [index, mail] of mails.entries())
        expect(parseHtml(mail.html).structure).toEqual(parseHtml(harmless[index]!.html).structure);
    }),
    { numRuns: sized(60, 300) },
  );
});

test("a user name and a password come through character by character, each on a line of its own", async () => {
  await fc.assert(
    fc.asyncProperty(values, async (given) => {
      const [details, reset, list, ended, deleted, ...withoutAccount] = await mailsWith(given);
      for (const mail of [details!, reset!]) {
        expect(parseHtml(mail.html).codes).toEqual([given.username, given.password]);
        const lines = mail.text.split("\n");
        for (const exact of [given.username, given.password])
          expect(lines.some((line) => line.endsWith(`: ${exact}`))).toBe(true);
      }
      expect(parseHtml(list!.html).codes).toEqual([given.username, given.username]);
      for (const mail of [ended!, deleted!]) {
        expect(parseHtml(mail.html).codes).toEqual([given.username]);
        expect(mail.text.split("\n").some((line) => line.endsWith(`: ${given.username}`))).toBe(true);
      }
      for (const mail of withoutAccount) expect(parseHtml(mail.html).codes).toEqual([]);
    }),
    { numRuns: sized(50, 200) },
  );
});

test("a name adds no line to the text, and turns around nothing beside it", async () => {
  await fc.assert(
    fc.asyncProperty(values, async (given) => {
      // Words without spaces, so that the wrapping of lines is the same.
      const name = `x${given.name.replace(/[^\S\r\n]/g, "").slice(0, 3)}`;
      const exact = { username: "x", password: "x" };
      const harmless = await mailsWith({ ...given, ...exact, name: "x" });
      for (const [index, mail] of (await mailsWith({ ...given, ...exact, name })).entries()) {
        const paragraphs = (text: string) => text.split("\n\n").length;
        expect(paragraphs(mail.text)).toBe(paragraphs(harmless[index]!.text));
        for (const part of [mail.subject, mail.text, mail.html]) {
          expect(part).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u2028\r\0]/);
        }
      }
    }),
    { numRuns: sized(50, 200) },
  );
});

test("the tag takes as markup only what it has made itself", () => {
  const bold = html`<b>${"<i>"}</b>`;
  expect(markupText(html`<p>${bold}${[bold, bold]}${null}</p>`)).toBe(`<p>${"<b>&lt;i&gt;</b>".repeat(3)}</p>`);
  const forged = JSON.parse('{"markup":"<b>","Symbol(markup)":"<b>"}') as never;
  expect(() => markupText(html`<p>${forged}</p>`)).toThrow(TypeError);
});
