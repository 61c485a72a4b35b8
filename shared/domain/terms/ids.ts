import * as z from "zod";

/** Prefixes of ids; an id is its prefix, an underscore and a ULID, so that ids of a kind sort by creation time. */
export const idPrefixes = {
  customer: "cus",
  account: "acc",
  contact: "con",
  service: "svc",
  pricePlan: "prp",
  invoice: "inv",
  mail: "mai",
  device: "dev",
  backupSet: "set",
  enrolmentKey: "enk",
  grant: "grt",
  deletion: "del",
  subscription: "sub",
  storageServer: "srv",
  seedMigration: "mig",
  task: "tsk",
  import: "imp",
  eventHandler: "hnd",
  delivery: "dlv",
  apiKey: "key",
  user: "usr",
  session: "ses",
  passkey: "pky",
  logEntry: "evt",
  request: "req",
} as const;
export type IdKind = keyof typeof idPrefixes;

const ulid = "[0-7][0-9A-HJKMNP-TV-Z]{25}";

const ulidDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const timeLength = 10;
/** What ULIDs of a moment begin with: those that were made earlier sort before it. @param ms since the epoch */
export function ulidAt(ms: number): string {
  let text = "";
  for (let rest = Math.max(0, ms); text.length < timeLength; rest = Math.floor(rest / 32))
    text = (ulidDigits[rest % 32] ?? "") + text;
  return text;
}
/** When an id was made, by its ULID. ISO 8601. */
export function ulidTime(id: string): string {
  const time = id.slice(id.indexOf("_") + 1).slice(0, timeLength);
  return new Date([...time].reduce((ms, digit) => ms * 32 + ulidDigits.indexOf(digit), 0)).toISOString();
}

/** A schema for ids of one kind. */
const idOf = (kind: IdKind) =>
  z
    .string()
    .regex(new RegExp(`^${idPrefixes[kind]}_${ulid}$`), { error: `must be an id like ${idPrefixes[kind]}_01H…` });

/** A schema for texts that list ids of several kinds, separated by commas, each once. */
export const idsOf = (kinds: readonly IdKind[], atMost: number) => {
  const one = `(?:${kinds.map((kind) => idPrefixes[kind]).join("|")})_${ulid}`;
  return z
    .string()
    .regex(new RegExp(`^${one}(?:,${one})*$`), { error: "must be ids separated by commas" })
    .transform((text) => text.split(","))
    .refine((ids) => ids.length <= atMost, { error: `must be ${atMost} ids at most` })
    .refine((ids) => new Set(ids).size === ids.length, { error: "must name each id once" });
};

export const CustomerId = idOf("customer").meta({
  description: "Id of a customer of any level",
  examples: ["cus_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const ApiKeyId = idOf("apiKey").meta({
  description: "Id of an API key",
  examples: ["key_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const UserId = idOf("user").meta({
  description: "Id of a user",
  examples: ["usr_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const SessionId = idOf("session").meta({
  description: "Id of a session",
  examples: ["ses_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const PasskeyId = idOf("passkey").meta({
  description: "Id of a passkey",
  examples: ["pky_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const LogEntryId = idOf("logEntry").meta({
  description: "Id of a log entry",
  examples: ["evt_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const AccountId = idOf("account").meta({
  description: "Id of a backup account",
  examples: ["acc_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const ContactId = idOf("contact").meta({
  description: "Id of a contact",
  examples: ["con_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const ServiceId = idOf("service").meta({
  description: "Id of a billing-only service",
  examples: ["svc_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const MailId = idOf("mail").meta({
  description: "Id of a mail",
  examples: ["mai_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const DeviceId = idOf("device").meta({
  description: "Id of a device",
  examples: ["dev_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const BackupSetId = idOf("backupSet").meta({
  description: "Id of a backup set",
  examples: ["set_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const EnrolmentKeyId = idOf("enrolmentKey").meta({
  description: "Id of an enrolment key",
  examples: ["enk_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const GrantId = idOf("grant").meta({
  description: "Id of leave to back up",
  examples: ["grt_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const StorageServerId = idOf("storageServer").meta({
  description: "Id of a storage server",
  examples: ["srv_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const SeedMigrationId = idOf("seedMigration").meta({
  description: "Id of a seed migration",
  examples: ["mig_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const TaskId = idOf("task").meta({
  description: "Id of a task",
  examples: ["tsk_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const ImportId = idOf("import");
export const DeletionId = idOf("deletion").meta({
  description: "Id of a deletion",
  examples: ["del_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const SubscriptionId = idOf("subscription").meta({
  description: "Id of a report subscription",
  examples: ["sub_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const EventHandlerId = idOf("eventHandler").meta({
  description: "Id of an event handler",
  examples: ["hnd_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const DeliveryId = idOf("delivery").meta({
  description: "Id of the delivery of an event to a handler",
  examples: ["dlv_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const PricePlanId = idOf("pricePlan").meta({
  description: "Id of a price plan",
  examples: ["prp_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
export const InvoiceId = idOf("invoice").meta({
  description: "Id of an invoice",
  examples: ["inv_01JZX0N4Y8M1Q2R3S4T5V6W7X8"],
});
