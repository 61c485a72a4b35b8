import type { AccountFacts, MailLook, MailMatter } from "../domain/mail.ts";
import type { StorageLocation } from "../domain/locations.ts";
import type { Formats } from "./formats.ts";
import { httpsUrl } from "./html.ts";
import { plainLine } from "./plain-line.ts";
import type { Texts } from "./texts.ts";

/** A line of a table of facts; `exact` values are typed back by the reader and must be shown character by character. */
export interface Fact {
  label: string;
  value: string;
  exact: boolean;
}

/** A piece of a mail, before it is text or HTML. */
export type Block =
  | { kind: "paragraph" | "notice"; text: string }
  | { kind: "facts"; facts: Fact[] }
  | { kind: "accounts"; accounts: Fact[][] }
  | { kind: "link"; label: string; url: string };

/** A mail in words, before it is text or HTML. */
export interface Letter {
  subject: string;
  greeting: string;
  blocks: Block[];
  closing: string;
  sender: string;
}

const paragraph = (text: string): Block => ({ kind: "paragraph", text });
const notice = (text: string): Block => ({ kind: "notice", text });
const exact = (label: string, value: string): Fact => ({ label, value, exact: true });
const fact = (label: string, value: string): Fact => ({ label, value, exact: false });

const link = (label: string, url: string | null): Block[] => {
  const safe = httpsUrl(url);
  return safe === null ? [] : [{ kind: "link", label, url: safe }];
};

const planFacts = (account: AccountFacts, { labels, unrestricted }: Texts, formats: Formats): Fact[] => [
  fact(labels.plan, plainLine(account.planName)),
  fact(labels.quota, account.quotaBytes === null ? unrestricted : formats.amount(account.quotaBytes)),
  ...(account.trialEndsAt === null ? [] : [fact(labels.trialEnd, formats.moment(account.trialEndsAt))]),
];

const storageFact = (storage: StorageLocation, { labels }: Texts, formats: Formats): Fact =>
  fact(labels.storage, formats.country(storage.code));

/** Says in a sentence of its own where data lies in another country than its location names; nobody is to infer it. */
const elsewhere = ({ code, residency, regionCountry }: StorageLocation, texts: Texts, formats: Formats): Block[] =>
  residency === "nearest" ? [notice(texts.elsewhere(formats.country(code), formats.country(regionCountry)))] : [];

const passwordFact = (secret: string | null, { labels, passwordToCome }: Texts): Fact =>
  secret === null ? fact(labels.temporaryPassword, passwordToCome) : exact(labels.temporaryPassword, secret);

/**
 * What a mail says, block by block.
 * @throws RangeError where the end of a trial is no moment in time
 */
export function writeLetter(
  matter: MailMatter,
  look: MailLook,
  secret: string | null,
  texts: Texts,
  formats: Formats,
): Letter {
  const customer = plainLine(matter.customer);
  const sender = plainLine(look.senderName);
  const { labels } = texts;
  const setup = link(labels.setup, look.setupUrl);
  const support = link(labels.support, look.supportUrl);
  const letter = (subject: string, blocks: Block[]): Letter => ({
    subject,
    greeting: texts.greeting(plainLine(matter.recipient)),
    blocks,
    closing: texts.closing,
    sender,
  });

  switch (matter.template) {
    case "account-details": {
      const { subject, intro, passwordKnown } = texts.accountDetails;
      const temporary = matter.password === "temporary";
      return letter(subject(customer), [
        paragraph(intro(customer)),
        {
          kind: "facts",
          facts: [
            exact(labels.username, matter.account.username),
            ...(temporary ? [passwordFact(secret, texts)] : []),
            ...planFacts(matter.account, texts, formats),
            storageFact(matter.storage, texts, formats),
          ],
        },
        temporary ? notice(texts.mustChange) : paragraph(passwordKnown),
        ...elsewhere(matter.storage, texts, formats),
        ...setup,
        ...support,
      ]);
    }
    case "password-reset": {
      const { subject, intro, unexpected } = texts.passwordReset;
      return letter(subject(customer), [
        paragraph(intro(customer)),
        { kind: "facts", facts: [exact(labels.username, matter.account.username), passwordFact(secret, texts)] },
        notice(texts.mustChange),
        paragraph(unexpected(sender)),
        ...support,
      ]);
    }
    case "customer-details": {
      const { subject, intro, noAccounts, more, noPasswords } = texts.customerDetails;
      const accounts = matter.accounts.map((account) => [
        exact(labels.username, account.username),
        ...planFacts(account, texts, formats),
      ]);
      return letter(subject(customer), [
        paragraph(intro(customer)),
        { kind: "facts", facts: [storageFact(matter.storage, texts, formats)] },
        ...elsewhere(matter.storage, texts, formats),
        ...(accounts.length > 0 ? [{ kind: "accounts" as const, accounts }] : []),
        ...(matter.more > 0 ? [paragraph(more(matter.more, formats.count(matter.more)))] : []),
        ...(accounts.length + matter.more === 0 ? [paragraph(noAccounts)] : []),
        paragraph(noPasswords),
        ...setup,
        ...support,
      ]);
    }
  }
}
