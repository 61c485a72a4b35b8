import { presentContact } from "../../shared/domain/accounts/contact.ts";
import { normaliseAddress } from "../../shared/domain/terms/addresses.ts";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { contactStore } from "../../shared/store/accounts/contacts.ts";
import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { contacts as contracts } from "./contract.ts";

const stores = { contacts: contactStore };

/** Changes a contact for all accounts that use it. What is known of a new address takes the place of what was known of the old. */
export async function updateContact({
  params,
  body,
  ifMatch,
  deps: { contacts },
}: Input<typeof contracts.updateContact, typeof stores>) {
  const [{ contact: before, chain }, known] = await Promise.all([
    contacts.loadLive(params.id),
    body.email === undefined ? null : contacts.suppressionOf(body.email),
  ]);
  ifMatch(before.version);
  if (body.customerId !== undefined && body.customerId !== before.customerId)
    throw refuse("immutable", "customerId", "A contact stays with its customer.");
  const email = body.email ?? before.email;
  const merged = {
    ...before,
    name: body.name ?? before.name,
    email,
    phone: body.phone === undefined ? before.phone : body.phone,
    locale: body.locale === undefined ? before.locale : body.locale,
    suppression: normaliseAddress(email) === normaliseAddress(before.email) ? before.suppression : known,
  };
  const changes = difference(before, merged);
  if (changes.length === 0) return { result: presentContact(before), writes: [] };
  const after = { ...merged, version: before.version + 1, updatedAt: new Date(contacts.now()).toISOString() };
  return {
    result: presentContact(after),
    writes: [
      ...contacts.save(before, after),
      contacts.log(chain, { type: "ContactUpdated", node: { id: after.id, level: null, name: after.name }, changes }),
    ],
  };
}

export const handler = operation(contracts.updateContact, updateContact, stores);
