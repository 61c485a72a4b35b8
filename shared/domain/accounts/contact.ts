import * as z from "zod";
import { ContactId, CustomerId } from "../terms/ids.ts";
import { Locale } from "../terms/settings.ts";
import { line } from "../terms/text.ts";

const email = z.email().max(254);

/** The form in which mail addresses are compared. Strictly the part before the @ may differ by case; no mail service of today lets it. */
export const normaliseAddress = (address: string): string => address.normalize("NFKC").toLowerCase();

/** A contact as part of a request. */
export const ContactInput = z
  .strictObject({
    name: line(200),
    email,
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
    email: email.optional(),
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
export const Contact = z
  .object({
    id: ContactId,
    version: z.int(),
    customerId: CustomerId,
    name: z.string(),
    email: z.string(),
    phone: z.string().nullable(),
    locale: z.string().nullable(),
    suppression: Suppression.nullable().meta({ description: "null: mail is sent to it" }),
    accountCount: z.int().min(0).meta({ description: "Accounts that use it" }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "Contact" });
export type Contact = z.infer<typeof Contact>;

/** A new contact of a customer. `suppression` is what is known of its address. */
export const newContact = (
  input: ContactInput,
  place: { id: string; customerId: string; accountCount: number; nowMs: number },
  suppression: Suppression | null,
): Contact => {
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
