import { presentContact } from "../../shared/domain/accounts/contact.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { contactStore } from "../../shared/store/accounts/contacts.ts";
import { contacts as contracts } from "./contract.ts";

const stores = { contacts: contactStore };

/**
 * Lets the address of a contact have mail again. Refuses after a complaint to all but the provider, whose standing with mail services
 * is at stake. Where nothing is in the way it changes nothing.
 */
export async function releaseContact({
  params,
  deps: { contacts },
}: Input<typeof contracts.releaseContact, typeof stores>) {
  const { contact: before, chain } = await contacts.loadLive(params.id);
  // What counts is what is known of the address: it may have come by another contact, or since.
  const known = await contacts.suppressionOf(before.email);
  if (before.suppression === null && known === null) return { result: presentContact(before), writes: [] };
  const complained = before.suppression?.reason === "complained" || known?.reason === "complained";
  if (complained && chain.at(-1)?.id !== contacts.caller.scopeId)
    throw new DomainError(
      "forbidden",
      "The owner of the address complained; only the provider lets it have mail again.",
    );
  const updatedAt = new Date(contacts.now()).toISOString();
  const after = { ...before, suppression: null, version: before.version + 1, updatedAt };
  return {
    result: presentContact(after),
    writes: [
      ...contacts.save(before, after),
      contacts.releaseAddress(before.email),
      contacts.log(chain, {
        type: "AddressReleased",
        node: { id: after.id, level: null, name: after.email },
        changes: [{ path: "suppression", before: before.suppression ?? known, after: null }],
      }),
    ],
  };
}

export const handler = operation(contracts.releaseContact, releaseContact, stores);
