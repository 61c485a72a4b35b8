import { parse } from "csv-parse/sync";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type * as z from "zod";
import { exportedAtMost } from "../../../functions/branch/contract.ts";
import { type AccountPlace, AccountRecord, AccountUpsert, atFirst } from "../../../shared/domain/accounts/account.ts";
import { ContactInput, ContactRecord } from "../../../shared/domain/accounts/contact.ts";
import { Username } from "../../../shared/domain/access/login.ts";
import { DeviceUpsert } from "../../../shared/domain/devices/device.ts";
import { CustomerInput, CustomerRecord } from "../../../shared/domain/hierarchy/customer.ts";
import { columnsOf, readHeader, rowKinds } from "../../../shared/domain/imports/columns.ts";
import { decode } from "../../../shared/domain/imports/decoding.ts";
import { dialectOf } from "../../../shared/domain/imports/dialect.ts";
import {
  accountRow,
  customerRow,
  deviceRow,
  exportColumns,
  exportHead,
  exportLine,
  type ExportRow,
} from "../../../shared/domain/imports/export.ts";
import { planRows } from "../../../shared/domain/imports/plan.ts";
import { readRow } from "../../../shared/domain/imports/rows.ts";
import { CustomerName } from "../../../shared/domain/terms/names.ts";
import { Reference } from "../../../shared/domain/terms/text.ts";
import { dayMs } from "../../../shared/domain/terms/trial.ts";

const now = Date.parse("2026-11-30T12:00:00Z");
const at = new Date(now).toISOString();
const idOf = (kind: string, nth: number): string => `${kind}_${String(nth).padStart(26, "0")}`;

/** What no file tells: it is not given at creation, or is found by the place of the row. */
const notInFiles: Record<(typeof rowKinds)[number], readonly string[]> = {
  customer: ["parentId", "externalRef"],
  account: ["customerId", "parentAccountId", "externalRef", "password", "mustChangePassword", "contactId"],
  device: ["accountId", "externalRef"],
};
/** Columns that only other products have, or that nobody exports. */
const onlyRead: ReadonlySet<string> = new Set(["state", "password"]);

test("every field that can be given at creation has a column, but for those that are listed", () => {
  const shapes = { customer: CustomerInput.shape, account: AccountUpsert.shape, device: DeviceUpsert.shape };
  for (const kind of rowKinds) {
    const paths = new Set<string>();
    for (const column of columnsOf(kind)) {
      if (!onlyRead.has(column)) expect(exportColumns.map((name) => name.toLowerCase())).toContain(column);
      const header = readHeader(["name", "username", "machineId"].includes(column) ? [column] : ["name", column]);
      expect(header).toHaveProperty("columns");
      paths.add(column);
    }
    expect(paths.size).toBeGreaterThan(5);
    const told = new Set(inputOfAll[kind].flatMap((input) => Object.keys(input)));
    const missing = Object.keys(shapes[kind]).filter((field) => !told.has(field) && !notInFiles[kind].includes(field));
    expect([kind, missing]).toEqual([kind, []]);
  }
});

const base = {
  ancestors: [],
  email: "office@example.com",
  country: "DE",
  storageLocation: "DE" as const,
  serviceType: "all-inclusive" as const,
  servicesToProvide: [],
  active: true,
  isDefault: false,
  autoAuthorize: false,
  emailReports: false,
  createdAt: at,
  updatedAt: at,
  version: 1,
};
const record = (nth: number, more: object): CustomerRecord =>
  CustomerRecord.parse({ ...base, id: idOf("cus", nth), level: "end-customer", name: `Customer ${nth}`, ...more });
const top = record(0, { level: "reseller", name: "Top" });

const accountOf = (nth: number, customer: CustomerRecord, parent: AccountRecord | null, more: object): AccountPlace => {
  const { contact, ...own } = more as { contact?: object };
  const contactId = idOf("con", parent && contact === undefined ? Number(parent.contactId.slice(4)) : nth);
  const account = AccountRecord.parse({
    ...atFirst,
    id: idOf("acc", nth),
    customerId: customer.id,
    parentAccountId: parent?.id ?? null,
    plan: parent ? null : "select",
    username: `login-${nth}`,
    contactId,
    passwordHash: "secret-hash",
    mustChangePassword: false,
    deviceCount: 0,
    createdAt: at,
    updatedAt: at,
    ...own,
  });
  return {
    account,
    parent,
    plans: [],
    chain: [customer, top],
    contact: ContactRecord.parse({
      id: contactId,
      version: 1,
      customerId: customer.id,
      name: "Ann",
      email: "ann@example.com",
      phone: null,
      locale: null,
      suppression: null,
      accountCount: 1,
      createdAt: at,
      updatedAt: at,
      ...contact,
    }),
  };
};

/** Text of any letters that a rule lets through, as it is kept. */
const any = <T>(rule: z.ZodType<T>, least = 0) =>
  fc
    .oneof(
      fc.string({ unit: "grapheme", minLength: least, maxLength: 20 }),
      fc.string({ unit: fc.constantFrom(..."=+-@'|\\\t\r\n\",; aé日👩"), minLength: least, maxLength: 12 }),
    )
    .map((text) => rule.safeParse(text))
    .filter((read) => read.success)
    .map((read) => read.data as T);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const { shape } = CustomerInput;
const optional = (field: keyof typeof shape) => maybe(any(shape[field] as z.ZodType<string>, 1));
const size = maybe(fc.maxSafeNat());

const customers = fc.record({
  name: any(CustomerName, 1),
  externalRef: maybe(any(Reference, 1)),
  level: fc.constantFrom("end-customer" as const, "site" as const, "reseller" as const, "distributor" as const),
  contactName: optional("contactName"),
  address: optional("address"),
  city: optional("city"),
  postcode: optional("postcode"),
  phone: optional("phone"),
  fax: optional("fax"),
  notes: maybe(any(shape.notes as z.ZodType<string>).filter((text) => text.trim() !== "")),
  tags: fc.uniqueArray(any(Reference, 1), { maxLength: 5 }).filter((tags) => shape.tags.safeParse(tags).success),
  spaceLimit: size,
  softLimitBytes: size,
  licenceLimit: size,
  deviceLimit: size,
  active: fc.boolean(),
  isDefault: fc.boolean(),
  trialEndsAt: fc.constantFrom(null, new Date(now + 5 * dayMs).toISOString()),
  autoAuthorize: fc.boolean(),
  emailReports: fc.boolean(),
  serviceType: fc.constantFrom("all-inclusive" as const, "software-only" as const),
  servicesToProvide: fc.constantFrom(["all-inclusive"], ["all-inclusive", "software-only"]),
  timezone: fc.constantFrom(null, "Europe/Berlin", "UTC"),
  locale: fc.constantFrom(null, "de", "en-GB"),
  branding: fc.constantFrom(
    null,
    { color: "#1a2b3c" },
    { logoUrl: "https://a.example/?q=1,2|3", supportUrl: "https://b.example" },
  ),
});
const accounts = fc.record({
  username: any(Username, 1),
  externalRef: maybe(any(Reference, 1)),
  active: fc.boolean(),
  hardQuotaBytes: maybe(fc.integer({ min: 1 })),
  userQuotaBytes: maybe(fc.integer({ min: 1 })),
  trialEndsAt: fc.constantFrom(null, new Date(now + 5.5 * dayMs).toISOString(), new Date(now - dayMs).toISOString()),
  contact: fc.option(
    fc.record({
      name: any(ContactInput.shape.name, 1),
      phone: maybe(any(ContactInput.shape.phone as z.ZodType<string>, 1)),
      locale: fc.constantFrom(null, "fr"),
    }),
    { nil: undefined },
  ),
});
const devices = fc.record({
  name: any(DeviceUpsert.shape.name, 1),
  machineId: any(DeviceUpsert.shape.machineId, 1),
  kind: fc.constantFrom("workstation" as const, "laptop" as const, "server" as const),
  os: any(DeviceUpsert.shape.os, 1),
  agentVersion: fc.constantFrom(null, "7.10", "1.2.3-beta"),
  state: fc.constantFrom("active" as const, "suspended" as const),
  externalRef: maybe(any(Reference, 1)),
});

/** A request without what says nothing. */
function said(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .map(([name, inner]) => [name, said(inner)] as const)
    .filter(([, inner]) => inner !== undefined && inner !== null && JSON.stringify(inner) !== "{}");
  return Object.fromEntries(entries);
}
/** The rows of a file as an import reads them. */
function read(file: string) {
  const decoded = decode(new TextEncoder().encode(file));
  if (!("text" in decoded)) throw new Error(decoded.problem);
  const { separator, lineEnd } = dialectOf(decoded.text);
  const [names = [], ...lines] = parse(decoded.text, { delimiter: separator, record_delimiter: lineEnd });
  const header = readHeader(names);
  if (!("columns" in header)) throw new Error(header.problem);
  return lines.map((cells) => readRow(header, cells));
}
const fileOf = (rows: readonly ExportRow[]): string => exportHead() + rows.map(exportLine).join("");

/** What a row tells that has all that it can tell. */
const full = record(1, {
  ...Object.fromEntries(
    ["contactName", "address", "city", "postcode", "phone", "fax", "notes"].map((one) => [one, "x"]),
  ),
  level: "reseller",
  tags: ["a"],
  spaceLimit: 1,
  softLimitBytes: 1,
  licenceLimit: 1,
  deviceLimit: 1,
  timezone: "UTC",
  locale: "de",
  trialEndsAt: at,
  branding: { color: "#000000" },
});
const fullAccount = accountOf(1, full, null, { trialEndsAt: at, hardQuotaBytes: 1, userQuotaBytes: 1 });
const fullDevice = {
  name: "PC",
  machineId: "m",
  os: "Linux",
  agentVersion: "1.0",
  externalRef: null,
  kind: "laptop" as const,
  state: "active" as const,
};
const inputOfAll = {
  customer: [said(customerRow([full, top], top.id).input) as object],
  account: [said(accountRow(fullAccount, top.id, now)?.input) as object],
  device: [said(deviceRow(fullDevice, fullAccount)?.input) as object],
};

describe("any customers, accounts and devices", () => {
  test("are read from their file as the requests that they are made of", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(customers, fc.array(fc.tuple(accounts, fc.array(devices, { maxLength: 2 })), { maxLength: 3 })),
          {
            maxLength: 4,
          },
        ),
        (book) => {
          const rows: ExportRow[] = [];
          let serial = 0;
          for (const [more, held] of book) {
            const customer = record((serial += 1), more);
            rows.push(customerRow([customer, top], top.id));
            let parent: AccountRecord | null = null;
            for (const [own, machines] of held) {
              const place = accountOf((serial += 1), customer, parent, {
                ...own,
                ...(parent && { trialEndsAt: null }),
              });
              parent ??= place.account;
              for (const row of [
                accountRow(place, top.id, now),
                ...machines.map((machine) => deviceRow(machine, place)),
              ])
                if (row) rows.push(row);
            }
          }
          const found = read(fileOf(rows));
          expect(
            found.map(({ kind, ref, parent, isDefault, input }) => ({ kind, ref, parent, isDefault, input })),
          ).toEqual(rows.map((row) => ({ ...row, input: said(row.input) })));
        },
      ),
    );
  });

  test("lead to their parents, whatever their names and references", () => {
    const clashing = ["Acme", "acme", "1", "name:Acme", "login:acme", "x"];
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.constantFrom(...clashing), fc.constantFrom(...clashing)), {
          selector: ([name]) => name.toLowerCase(),
          minLength: 1,
        }),
        fc.uniqueArray(fc.tuple(fc.constantFrom(...clashing), fc.constantFrom(...clashing)), {
          selector: ([name]) => name.toLowerCase(),
          minLength: 1,
        }),
        (names, logins) => {
          // A chain of customers, the accounts below the last of them, and a device of each.
          const rows: ExportRow[] = [];
          const parents: number[] = [];
          const line: CustomerRecord[] = [];
          let last = -1;
          for (const [nth, [name, externalRef]] of names.entries()) {
            const customer = record(nth + 1, { name, externalRef });
            rows.push(customerRow([customer, line.at(-1) ?? top], top.id));
            line.push(customer);
            parents.push(last);
            last = rows.length - 1;
          }
          let lead: { place: AccountPlace; row: number } | null = null;
          for (const [nth, [username, externalRef]] of logins.entries()) {
            const place: AccountPlace = accountOf(nth + 1, line.at(-1) ?? top, lead?.place.account ?? null, {
              username,
              externalRef,
            });
            const row = accountRow(place, top.id, now);
            const device = deviceRow({ ...fullDevice, externalRef }, place);
            if (!row || !device) throw new Error("Nothing is deleted.");
            parents.push(lead?.row ?? last);
            rows.push(row);
            const own = rows.length - 1;
            lead ??= { place, row: own };
            parents.push(own);
            rows.push(device);
          }
          const outlines = read(fileOf(rows)).map((row) => ({
            ...row,
            name: String(
              row.input[row.kind === "customer" ? "name" : row.kind === "account" ? "username" : "machineId"],
            ),
          }));
          const planned = planRows(outlines, (index) => index + 2);
          expect(planned.map(({ above }) => (above && "row" in above ? above.row : -1))).toEqual(parents);
        },
      ),
    );
  });

  test("keep what is not told of them: passwords, and what is deleted or waits", () => {
    expect(fileOf([accountRow(fullAccount, top.id, now) as ExportRow])).not.toContain("secret");
    const deletedAt = at;
    const gone = { ...fullAccount, account: { ...fullAccount.account, deletedAt } };
    const below = { ...fullAccount, parent: gone.account };
    for (const place of [gone, below])
      expect([accountRow(place, top.id, now), deviceRow(fullDevice, place)]).toEqual([null, null]);
    for (const state of ["pending", "deleted"] as const)
      expect(deviceRow({ ...fullDevice, state }, fullAccount)).toBeNull();
  });

  test("in trial tell the days that are left, one at least", () => {
    const days = (trialEndsAt: string | null) =>
      accountRow(accountOf(1, full, null, { trialEndsAt }), top.id, now)?.input["trialDays"];
    const after = (ahead: number): string => new Date(now + ahead).toISOString();
    expect([null, after(10 * dayMs), after(9.5 * dayMs), after(1), after(-dayMs)].map(days)).toEqual([
      undefined,
      10,
      10,
      1,
      1,
    ]);
  });
});

test("the longest page is well below the 6 MB that a function may answer, as the gateway gets it", () => {
  const long = (length: number, letter = "日"): string => letter.repeat(length);
  for (const letter of ["日", '"', "\\"]) {
    const customer = record(1, {
      name: long(letter === "日" ? 66 : 200, letter),
      externalRef: long(200, letter),
      ...Object.fromEntries(
        Object.entries({
          contactName: 200,
          address: 500,
          city: 100,
          postcode: 20,
          phone: 50,
          fax: 50,
          notes: 2000,
        }).map(([field, length]) => [field, long(length, letter)]),
      ),
      tags: Array.from({ length: 20 }, (_, nth) => long(48, letter) + String(nth + 10)),
      spaceLimit: Number.MAX_SAFE_INTEGER,
      softLimitBytes: Number.MAX_SAFE_INTEGER,
      licenceLimit: Number.MAX_SAFE_INTEGER,
      deviceLimit: Number.MAX_SAFE_INTEGER,
      email: `${long(64, "a")}@${long(186, "a")}.de`,
      branding: { logoUrl: `https://a.example/${long(480, "a")}`, supportUrl: `https://a.example/${long(480, "a")}` },
    });
    const place = accountOf(1, customer, null, {
      username: long(100, letter),
      externalRef: long(200, letter),
      contact: { name: long(200, letter), email: customer.email, phone: long(50, letter) },
    });
    const rows = [
      ...Array.from({ length: 200 }, () => customerRow([customer, { ...customer, id: idOf("cus", 2) }, top], top.id)),
      ...Array.from({ length: exportedAtMost - 200 }, () => accountRow(place, top.id, now)),
    ];
    const answer = JSON.stringify({ body: fileOf(rows.filter((row) => row !== null)) });
    expect(Buffer.byteLength(answer)).toBeLessThan(5_000_000);
  }
});
