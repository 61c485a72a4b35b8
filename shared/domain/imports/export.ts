import { type AccountPlace, accountState } from "../accounts/account.ts";
import type { Device } from "../devices/device.ts";
import type { Chain } from "../hierarchy/customer.ts";
import { byteOrderMark, csvLine } from "../reports/csv.ts";
import { sells } from "../terms/levels.ts";
import { daysLeft } from "../terms/trial.ts";
import type { BranchThing } from "../usage/branch-counts.ts";
import { placeOf, type RowKind, writeValue } from "./columns.ts";
import { parentByName } from "./plan.ts";

type Json = Readonly<Record<string, unknown>>;

/** A row of a file that an import reads as the request that it is made of. */
export interface ExportRow {
  kind: RowKind;
  ref: string | null;
  /** null: the customer whose branch is exported, and later the one that is imported into. */
  parent: string | null;
  isDefault: boolean;
  input: Json;
}

/** The columns of an exported file: what rows of all kinds have, then what customers, accounts and devices have. */
export const exportColumns = [
  ..."kind externalRef parent defaultCustomer name email phone locale active".split(" "),
  ..."level country storageLocation serviceType servicesToProvide inTrial".split(" "),
  ..."contactName address city postcode fax notes tags".split(" "),
  ..."space softSpace licences deviceLimit autoAuthorize emailReports timezone logoUrl color supportUrl".split(" "),
  ..."username plan quota userQuota trialDays".split(" "),
  ..."machineId deviceKind os agentVersion".split(" "),
];

/** What stands at a place within a request, such as `space.limitBytes`. */
const valueAt = (input: Json, path: string): unknown =>
  path.split(".").reduce<unknown>((value, name) => (value as Json | null | undefined)?.[name], input);

/** The first line of a file. */
export const exportHead = (): string => byteOrderMark + csvLine(exportColumns);

/** A row of a file. */
export function exportLine({ kind, ref, parent, isDefault, input }: ExportRow): string {
  const said: Readonly<Record<string, string | null>> = {
    kind,
    externalRef: ref,
    parent,
    defaultCustomer: isDefault ? "true" : null,
  };
  return csvLine(
    exportColumns.map((column) => {
      if (Object.hasOwn(said, column)) return said[column] ?? null;
      const place = placeOf(kind, column.toLowerCase());
      return place ? writeValue(valueAt(input, place.path)) : null;
    }),
  );
}

/** Of a text that has nothing to be read, nothing is said. */
const unlessBlank = (text: string | null): string | undefined =>
  text === null || text.trim() === "" ? undefined : text;
const unlessNull = <T>(value: T | null): T | undefined => value ?? undefined;

/** The row of a customer below the one at the top of an export. A trial begins anew wherever the row is imported. */
export function customerRow([customer, parent]: Chain, topId: string): ExportRow {
  const { level, branding } = customer;
  return {
    kind: "customer",
    ref: customer.externalRef,
    parent: !parent || parent.id === topId ? null : parentByName("name", parent.name),
    isDefault: customer.isDefault,
    input: {
      name: customer.name,
      email: customer.email,
      country: customer.country,
      level,
      storageLocation: customer.storageLocation,
      ...(customer.trialEndsAt !== null && { inTrial: true }),
      active: customer.active,
      // A site has the type of its end-customer.
      ...(level !== "site" && { serviceType: customer.serviceType }),
      ...(sells(level) && { servicesToProvide: customer.servicesToProvide }),
      contactName: unlessNull(customer.contactName),
      address: unlessNull(customer.address),
      city: unlessNull(customer.city),
      postcode: unlessNull(customer.postcode),
      phone: unlessNull(customer.phone),
      fax: unlessNull(customer.fax),
      notes: unlessBlank(customer.notes),
      tags: customer.tags.length > 0 ? customer.tags : undefined,
      space: { limitBytes: customer.spaceLimit, softLimitBytes: customer.softLimitBytes },
      licences: { limit: customer.licenceLimit },
      deviceLimit: unlessNull(customer.deviceLimit),
      autoAuthorize: customer.autoAuthorize,
      emailReports: customer.emailReports,
      timezone: unlessNull(customer.timezone),
      locale: unlessNull(customer.locale),
      branding: unlessNull(branding),
    },
  };
}

/** The row of an account; null: it is deleted. Its password stays where it is; of a trial the days are told that are left. */
export function accountRow(place: AccountPlace, topId: string, nowMs: number): ExportRow | null {
  if (accountState(place) === "deleted") return null;
  const { account, parent, contact, chain } = place;
  const [customer] = chain;
  const ofCustomer = customer.id === topId ? null : parentByName("name", customer.name);
  const { trialEndsAt } = account;
  return {
    kind: "account",
    ref: account.externalRef,
    parent: parent ? parentByName("login", parent.username) : ofCustomer,
    isDefault: false,
    input: {
      username: account.username,
      plan: unlessNull(account.plan),
      active: account.active,
      // Unless it is said, the contact is that of the parent account.
      ...(contact.id !== parent?.contactId && {
        contact: {
          name: contact.name,
          email: contact.email,
          phone: unlessNull(contact.phone),
          locale: unlessNull(contact.locale),
        },
      }),
      hardQuotaBytes: unlessNull(account.hardQuotaBytes),
      userQuotaBytes: unlessNull(account.userQuotaBytes),
      trialDays: trialEndsAt === null ? undefined : Math.max(1, daysLeft(trialEndsAt, nowMs)),
    },
  };
}

/** The row of a device of an account; null: one of them is deleted, or the device waits to be approved. */
export function deviceRow(
  device: Pick<Device, "state" | "name" | "machineId" | "kind" | "os" | "agentVersion" | "externalRef">,
  place: Pick<AccountPlace, "account" | "parent">,
): ExportRow | null {
  const { state, name, machineId, kind, os, agentVersion, externalRef } = device;
  if (state === "pending" || state === "deleted" || accountState(place) === "deleted") return null;
  return {
    kind: "device",
    ref: externalRef,
    parent: parentByName("login", place.account.username),
    isDefault: false,
    input: { name, machineId, kind, os, agentVersion: unlessNull(agentVersion), active: state === "active" },
  };
}

/** The row of something below a customer; null: it has none. */
export function rowOf(thing: BranchThing, topId: string, nowMs: number): ExportRow | null {
  if (thing.kind === "customer") return customerRow(thing.chain, topId);
  if (thing.kind === "account") return accountRow(thing.place, topId, nowMs);
  return thing.place && deviceRow(thing.device, thing.place);
}
