import * as z from "zod";
import { presentContact } from "../../shared/domain/accounts/contact.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { contactStore } from "../../shared/store/accounts/contacts.ts";
import { contacts as contracts } from "./contract.ts";

const stores = { contacts: contactStore };

/** Lists the contacts of one customer, oldest first. */
export async function listContacts({
  branchId,
  page,
  deps: { contacts },
}: Input<typeof contracts.listContacts, typeof stores>) {
  const { contacts: found, next } = await contacts.list(branchId, page.limit, page.position(z.string()));
  return { items: found.map(presentContact), nextCursor: page.next(next) };
}

export const handler = operation(contracts.listContacts, listContacts, stores);
