import type { MatterOf } from "../../domain/mail/mail.ts";
import { exact, facts, notice, paragraph } from "../blocks.ts";
import { elsewhere, passwordFact, planFacts, storageFact } from "../facts.ts";
import type { Content, Writing } from "../writing.ts";

/** Tells the user of an account how to get in, and what there is. */
export function accountDetails({ account, storage, password }: MatterOf<"account-details">, writing: Writing): Content {
  const { texts, customer, setup, support } = writing;
  const { subject, intro, passwordKnown } = texts.accountDetails;
  const temporary = password === "temporary";
  return {
    subject: subject(customer),
    blocks: [
      paragraph(intro(customer)),
      facts([
        exact(texts.labels.username, account.username),
        ...(temporary ? [passwordFact(writing)] : []),
        ...planFacts(account, writing),
        storageFact(storage, writing),
      ]),
      temporary ? notice(texts.mustChange) : paragraph(passwordKnown),
      ...elsewhere(storage, writing),
      ...setup,
      ...support,
    ],
  };
}
