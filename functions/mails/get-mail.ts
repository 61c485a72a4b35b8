import { type Input, operation } from "../../shared/http/operation.ts";
import { outboxStore, presentMail } from "../../shared/store/mail/outbox.ts";
import { mails as contracts } from "./contract.ts";

const stores = { outbox: outboxStore };

/** Answers what became of a mail to somebody of the caller's branch; not what it says. */
export async function getMail({ params, deps: { outbox } }: Input<typeof contracts.getMail, typeof stores>) {
  return presentMail(await outbox.load(params.id));
}

export const handler = operation(contracts.getMail, getMail, stores);
