import { creation } from "../../shared/domain/hierarchy/log-changes.ts";
import { newContact, presentContact } from "../../shared/domain/accounts/contact.ts";
import { inOrder } from "../../shared/domain/terms/in-order.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { contactStore } from "../../shared/store/accounts/contacts.ts";
import { contacts as contracts } from "./contract.ts";

const stores = { contacts: contactStore };

/** Creates a contact of a customer, for accounts to share. */
export async function createContact({
  body,
  deps: { contacts },
}: Input<typeof contracts.createContact, typeof stores>) {
  const { customerId, ...input } = body;
  const [chain, suppression] = await inOrder([contacts.loadOwner(customerId), contacts.suppressionOf(body.email)]);
  const place = { id: contacts.newId(), customerId, accountCount: 0, nowMs: contacts.now() };
  const contact = newContact(input, place, suppression);
  return {
    result: presentContact(contact),
    writes: [
      ...contacts.insert(contact, chain),
      contacts.log(chain, {
        type: "ContactCreated",
        node: { id: contact.id, level: null, name: contact.name },
        changes: creation(contact),
      }),
    ],
  };
}

export const handler = operation(contracts.createContact, createContact, stores);
