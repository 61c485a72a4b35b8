import { removal } from "../../shared/domain/hierarchy/log-changes.ts";
import { presentContact } from "../../shared/domain/accounts/contact.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { contactStore } from "../../shared/store/accounts/contacts.ts";
import { contacts as contracts } from "./contract.ts";

const stores = { contacts: contactStore };

/** Deletes a contact. Refuses one that accounts use, and names them; a deleted account uses it until it is purged. */
export async function deleteContact({
  params,
  ifMatch,
  deps: { contacts },
}: Input<typeof contracts.deleteContact, typeof stores>) {
  const { contact, chain } = await contacts.loadLive(params.id);
  ifMatch(contact.version);
  if (contact.accountCount > 0) {
    const message = "uses this contact";
    throw new DomainError(
      "contact_in_use",
      `${contact.accountCount} account(s) use this contact; give them another one first.`,
      (await contacts.usedBy(contact)).map((path) => ({ path, message, code: "contact_in_use" })),
    );
  }
  return {
    result: presentContact(contact),
    writes: [
      ...contacts.remove(contact),
      contacts.log(chain, {
        type: "ContactDeleted",
        node: { id: contact.id, level: null, name: contact.name },
        changes: removal(contact),
      }),
    ],
  };
}

export const handler = operation(contracts.deleteContact, deleteContact, stores);
