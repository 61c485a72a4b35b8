import type { MatterOf } from "../../domain/mail/mail.ts";
import { exact, facts, paragraph } from "../blocks.ts";
import { elsewhere, planFacts, storageFact } from "../facts.ts";
import type { Content, Writing } from "../writing.ts";

/** Gives a customer an overview of its accounts. */
export function customerDetails(matter: MatterOf<"customer-details">, writing: Writing): Content {
  const { texts, formats, customer, setup, support } = writing;
  const { subject, intro, noAccounts, more, noPasswords } = texts.customerDetails;
  const accounts = matter.accounts.map((account) => [
    exact(texts.labels.username, account.username),
    ...planFacts(account, writing),
  ]);
  return {
    subject: subject(customer),
    blocks: [
      paragraph(intro(customer)),
      facts([storageFact(matter.storage, writing)]),
      ...elsewhere(matter.storage, writing),
      ...(accounts.length > 0 ? [{ kind: "accounts" as const, accounts }] : []),
      ...(matter.more > 0 ? [paragraph(more(matter.more, formats.count(matter.more)))] : []),
      ...(accounts.length + matter.more === 0 ? [paragraph(noAccounts)] : []),
      paragraph(noPasswords),
      ...setup,
      ...support,
    ],
  };
}
