import * as z from "zod";
import type { AccountRecord } from "../accounts/account.ts";
import type { ContactRecord } from "../accounts/contact.ts";
import type { DeviceRecord } from "../devices/device.ts";
import type { CustomerRecord } from "../hierarchy/customer.ts";
import { displayAddress } from "../terms/addresses.ts";
import { baseLetters } from "../terms/names.ts";

/** What can be found. */
export const SearchKind = z.enum(["customer", "account", "device"]);
export type SearchKind = z.infer<typeof SearchKind>;

/** By what something is found. */
export const SearchField = z.enum([
  "name",
  "externalRef",
  "email",
  "username",
  "contactName",
  "contactEmail",
  "machineId",
]);
export type SearchField = z.infer<typeof SearchField>;

/** A text by which something is found: whoever asks for the beginning of it finds it. */
export interface Word {
  field: SearchField;
  /** As `searchForm` has it. */
  form: string;
}

const between = /[\p{P}\p{Z}\p{C}]+/gu;

/**
 * A text as it is looked up: by base letters, as lists sort (accents, case and width do not count), and with one space for whatever stands between
 * words. "Müller-Lüdenscheidt" is found at "muller ludenscheidt", and so is a mail address by its parts. What consists of punctuation alone
 * keeps it.
 */
export function searchForm(text: string): string {
  const base = baseLetters(text);
  const form = base.replace(between, " ").trim();
  return form === "" ? base : form;
}

/** Bytes of a form that are filed. What is asked for beyond that is compared with the thing itself. */
const bytesFiled = 120;
const bytesOf = (char: string): number => new TextEncoder().encode(char).length;

/** The beginning of a form, as much of it as is filed. */
export function filedPart(form: string): string {
  let left = bytesFiled;
  let end = 0;
  for (const char of form) {
    left -= bytesOf(char);
    if (left < 0) break;
    end += char.length;
  }
  return form.slice(0, end);
}

/** Words of a name at which it can be found. */
const wordsAtMost = 4;

/** A name from each of its first words on: "Zahnarzt Müller" is found by "zahn", "zahnarzt mül" and "mül". */
function fromEachWord(field: SearchField, name: string): Word[] {
  const words = searchForm(name).split(" ");
  return words.slice(0, wordsAtMost).map((_, at) => ({ field, form: words.slice(at).join(" ") }));
}

const whole = (field: SearchField, text: string | null): Word[] =>
  text === null ? [] : [{ field, form: searchForm(text) }];

/** What a customer is found by, its name first. */
export const wordsOfCustomer = ({
  name,
  email,
  externalRef,
}: Pick<CustomerRecord, "name" | "email" | "externalRef">): Word[] => [
  ...fromEachWord("name", name),
  ...whole("email", displayAddress(email)),
  ...whole("externalRef", externalRef),
];

/** What an account is found by, its user name first. */
export const wordsOfAccount = (
  { username, externalRef }: Pick<AccountRecord, "username" | "externalRef">,
  contact: Pick<ContactRecord, "name" | "email">,
): Word[] => [
  ...whole("username", username),
  ...fromEachWord("contactName", contact.name),
  ...whole("contactEmail", displayAddress(contact.email)),
  ...whole("externalRef", externalRef),
];

/** What a device is found by, its name first. Names of computers are one word, whatever stands in them. */
export const wordsOfDevice = ({
  name,
  machineId,
  externalRef,
}: Pick<DeviceRecord, "name" | "machineId" | "externalRef">): Word[] => [
  ...whole("name", name),
  ...whole("machineId", machineId),
  ...whole("externalRef", externalRef),
];
