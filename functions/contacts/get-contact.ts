import { presentContact } from "../../shared/domain/accounts/contact.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { contactStore } from "../../shared/store/accounts/contacts.ts";
import { contacts as contracts } from "./contract.ts";

const stores = { contacts: contactStore };

/** Answers a contact of the caller's branch. */
export async function getContact({ params, deps: { contacts } }: Input<typeof contracts.getContact, typeof stores>) {
  return presentContact(await contacts.load(params.id));
}

export const handler = operation(contracts.getContact, getContact, stores);
