import * as z from "zod";
import { DisplayAddress, displayAddress, EmailAddress } from "../terms/addresses.ts";
import { ContactId, CustomerId } from "../terms/ids.ts";
import { Locale } from "../terms/settings.ts";
import { line } from "../terms/text.ts";

/** A contact as part of a request. */
export const ContactInput = z
  .strictObject({
    name: line(200),
    email: EmailAddress,
    phone: line(50).nullish(),
    locale: Locale.nullish().meta({ description: "Language of the mails to this contact; null: the customer's" }),
  })
  .meta({ id: "ContactInput" });
export type ContactInput = z.infer<typeof ContactInput>;

export const NewContact = ContactInput.extend({ customerId: CustomerId }).meta({ id: "NewContact" });

/** A JSON merge patch over a contact. */
export const ContactPatch = z
  .strictObject({
    name: line(200).optional(),
    email: EmailAddress.optional(),
    phone: line(50).nullish(),
    locale: Locale.nullish(),
    customerId: CustomerId.optional().meta({ description: "Immutable: another value is refused" }),
  })
  .meta({ id: "ContactPatch" });
export type ContactPatch = z.infer<typeof ContactPatch>;

/** Why an address gets no more mail. */
export const Suppression = z
  .object({
    reason: z.enum(["bounced", "complained"]),
    at: z.iso.datetime(),
  })
  .meta({ id: "Suppression", description: "The address was refused for good, or its owner complained" });
export type Suppression = z.infer<typeof Suppression>;

/** A contact (A1): a record of a customer, shared by as many of its accounts as use it. */
export const ContactRecord = z.object({
  id: ContactId,
  version: z.int(),
  customerId: CustomerId,
  name: z.string(),
  email: z.string().meta({ description: "The address that mails go to; its domain in ASCII" }),
  phone: z.string().nullable(),
  locale: z.string().nullable(),
  suppression: Suppression.nullable().meta({ description: "null: mail is sent to it" }),
  accountCount: z.int().min(0).meta({ description: "Accounts that use it" }),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type ContactRecord = z.infer<typeof ContactRecord>;

/** A contact as the API shows it. */
export const Contact = ContactRecord.extend({ emailDisplay: DisplayAddress }).meta({ id: "Contact" });
export type Contact = z.infer<typeof Contact>;

export const presentContact = (contact: ContactRecord): Contact => ({
  ...contact,
  emailDisplay: displayAddress(contact.email),
});

/** A new contact of a customer. `suppression` is what is known of its address. */
export const newContact = (
  input: ContactInput,
  place: { id: string; customerId: string; accountCount: number; nowMs: number },
  suppression: Suppression | null,
): ContactRecord => {
  const at = new Date(place.nowMs).toISOString();
  return {
    id: place.id,
    version: 1,
    customerId: place.customerId,
    name: input.name,
    email: input.email,
    phone: input.phone ?? null,
    locale: input.locale ?? null,
    suppression,
    accountCount: place.accountCount,
    createdAt: at,
    updatedAt: at,
  };
};
