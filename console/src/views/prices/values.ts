import type { Input } from "@tenantry/client";
import { majorUnits, minorUnits } from "../../parts/show/amounts.ts";

/*
 * Prices as a form holds them: text by the path of the API's body. Lists have a row for each entry, as their names are typed as well: `accounts.0.plan`
 * beside `accounts.0.unitPrice`. `….rows` says how many there are.
 */

export type Version = Input<"putPricePlan">["body"]["versions"][number];
export type UnitPrice = NonNullable<Version["licences"]>;
export type Values = Readonly<Record<string, string>>;
/** What is wrong with a field, by its name. */
export type Fault = "required" | "amount" | "count" | "percent" | "twice" | "taken";

export const deviceKinds = ["server", "workstation", "laptop"] as const;
export const measures = ["average", "end", "peak"] as const;
export const modes = ["flat", "graduated", "volume"] as const;
export const exemptions = ["exempt", "reverse-charge"] as const;
/** What is priced by a name of its own, and the field that the name stands in. */
const lists = { accounts: "plan", services: "service" } as const;
export type List = keyof typeof lists;
export const nameIn = (list: List, nth: number): string => `${list}.${nth}.${lists[list]}`;

export const valueOf = (values: Values, name: string): string => values[name] ?? "";
/** Rows of a list: entries, or tiers of a price. */
export const rowsOf = (values: Values, list: string): number => Number(valueOf(values, `${list}.rows`));
export const modeOf = (values: Values, price: string): (typeof modes)[number] =>
  modes.find((mode) => mode === values[`${price}.mode`]) ?? "flat";

export const mostTiers = 20;

/** Sets fields of a form. */
export function setAll(form: { set: (name: string, value: string) => void }, changes: Values): void {
  for (const [name, value] of Object.entries(changes)) form.set(name, value);
}

/** What changes when a row goes: those after it move up. */
export function withoutRow(values: Values, list: string, nth: number): Values {
  const changes: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    if (!name.startsWith(`${list}.`)) continue;
    const [, row = "", field = ""] = /^(\d+)(\..+)$/.exec(name.slice(list.length + 1)) ?? [];
    if (row === "" || Number(row) < nth) continue;
    changes[name] ??= "";
    if (Number(row) > nth) changes[`${list}.${Number(row) - 1}${field}`] = value;
  }
  changes[`${list}.rows`] = String(rowsOf(values, list) - 1);
  return changes;
}

function priceValues(price: UnitPrice | undefined, name: string, currency: string, point: "." | ","): Values {
  if (price === undefined) return { [`${name}.mode`]: "flat", [`${name}.unitPrice`]: "", [`${name}.freeUnits`]: "" };
  const typed = (amount: string): string => majorUnits(amount, currency, point);
  const free = { [`${name}.freeUnits`]: price.freeUnits === undefined ? "" : String(price.freeUnits) };
  if ("unitPrice" in price) return { ...free, [`${name}.mode`]: "flat", [`${name}.unitPrice`]: typed(price.unitPrice) };
  return {
    ...free,
    [`${name}.mode`]: price.mode,
    [`${name}.unitPrice`]: "",
    [`${name}.tiers.rows`]: String(price.tiers.length),
    ...Object.fromEntries(
      price.tiers.flatMap(({ upTo, unitPrice }, nth) => [
        [`${name}.tiers.${nth}.upTo`, upTo === null ? "" : String(upTo)],
        [`${name}.tiers.${nth}.unitPrice`, typed(unitPrice)],
      ]),
    ),
  };
}

/** Prices as fields; null: none yet. @param point the reader's decimal sign */
export function valuesOf(version: Version | null, validFrom: string, currency: string, point: "." | ","): Values {
  const typed = (amount: string | undefined): string =>
    amount === undefined ? "" : majorUnits(amount, currency, point);
  const priced = (price: UnitPrice | undefined, name: string): Values => priceValues(price, name, currency, point);
  const percent = (text: string | undefined): string => (text ?? "").replace(".", point);
  const entries = Object.keys(lists).flatMap((key) => {
    const list = key as List;
    const prices = Object.entries(version?.[list] ?? {});
    return [
      { [`${list}.rows`]: String(prices.length) },
      ...prices.map(([name, price], nth) => ({ [nameIn(list, nth)]: name, ...priced(price, `${list}.${nth}`) })),
    ];
  });
  return Object.assign(
    {
      validFrom,
      "storage.unit": version?.storage?.unit ?? "GB",
      "storage.measure": version?.storage?.measure ?? "average",
      ...priced(version?.storage?.price, "storage.price"),
      ...priced(version?.licences, "licences"),
      minimum: typed(version?.minimum),
      discountPercent: percent(version?.discountPercent),
      taxPercent: percent(version?.taxPercent),
      "taxExemption.kind": version?.taxExemption?.kind ?? "",
      "taxExemption.reason": version?.taxExemption?.reason ?? "",
    },
    ...deviceKinds.map((kind) => priced(version?.devices?.[kind], `devices.${kind}`)),
    ...entries,
  ) as Values;
}

/** Reads fields, and keeps what is wrong with them. */
function reader(values: Values, currency: string) {
  const faults: Record<string, Fault> = {};
  const text = (name: string): string => {
    const typed = valueOf(values, name).trim();
    if (typed === "") faults[name] = "required";
    return typed;
  };
  // The next three give null where a field is empty, and where it says nothing that can be sent.
  const amount = (name: string): string | null => {
    const typed = valueOf(values, name);
    const minor = typed.trim() === "" ? null : minorUnits(typed, currency);
    if (typed.trim() !== "" && minor === null) faults[name] = "amount";
    return minor;
  };
  const count = (name: string): number | null => {
    const typed = valueOf(values, name).trim();
    if (/^\d{1,15}$/.test(typed)) return Number(typed);
    if (typed !== "") faults[name] = "count";
    return null;
  };
  const percent = (name: string): string | null => {
    const typed = valueOf(values, name).trim();
    const [, whole = "", part = ""] = /^0*(\d{1,3})(?:[.,](\d{1,4}))?$/.exec(typed) ?? [];
    if (typed !== "" && whole === "") faults[name] = "percent";
    const decimals = part.replace(/0+$/, "");
    return whole === "" ? null : decimals === "" ? whole : `${whole}.${decimals}`;
  };
  /** What must be there. */
  const must = <T>(name: string, value: T | null): T | null => {
    if (value === null) faults[name] ??= "required";
    return value;
  };
  /** @param isNamed it is priced because it is there; else an empty price is none */
  const price = (name: string, isNamed = false): UnitPrice | null => {
    const units = count(`${name}.freeUnits`);
    const free = units === null ? {} : { freeUnits: units };
    const mode = modeOf(values, name);
    if (mode === "flat") {
      const flat = amount(`${name}.unitPrice`);
      const unitPrice = isNamed || units !== null ? must(`${name}.unitPrice`, flat) : flat;
      return unitPrice === null ? null : { unitPrice, ...free };
    }
    const rows = rowsOf(values, `${name}.tiers`);
    const tiers = Array.from({ length: rows }, (_, nth) => {
      const place = `${name}.tiers.${nth}`;
      const upTo = nth === rows - 1 ? null : must(`${place}.upTo`, count(`${place}.upTo`));
      return { upTo, unitPrice: must(`${place}.unitPrice`, amount(`${place}.unitPrice`)) ?? "" };
    });
    return { tiers, mode, ...free };
  };
  const entries = (list: List): Record<string, UnitPrice> | null => {
    const rows = Array.from({ length: rowsOf(values, list) }, (_, nth) => {
      const field = nameIn(list, nth);
      return { field, name: text(field), price: price(`${list}.${nth}`, true) };
    });
    for (const [nth, { field, name }] of rows.entries())
      if (name !== "" && rows.findIndex((other) => other.name === name) < nth) faults[field] = "twice";
    return some(
      Object.fromEntries(rows.flatMap((row) => (row.price === null ? [] : [[row.name, row.price] as const]))),
    );
  };
  return { faults, text, amount, percent, must, price, entries };
}

const some = <T extends object>(record: T): T | null => (Object.keys(record).length === 0 ? null : record);

/** The prices that fields say, or what is wrong with them: whether prices can be charged is for the service to say. */
export function versionOf(
  values: Values,
  currency: string,
): { version: Version; faults: Readonly<Record<string, Fault>> } {
  const read = reader(values, currency);
  const price = read.price("storage.price");
  const devices = some(
    Object.fromEntries(
      deviceKinds.flatMap((kind) => {
        const priced = read.price(`devices.${kind}`);
        return priced === null ? [] : [[kind, priced] as const];
      }),
    ),
  );
  const [licences, accounts, services] = [read.price("licences"), read.entries("accounts"), read.entries("services")];
  const [minimum, discountPercent] = [read.amount("minimum"), read.percent("discountPercent")];
  const kind = exemptions.find((one) => one === values["taxExemption.kind"]);
  const version: Version = {
    validFrom: read.text("validFrom"),
    ...(price && {
      storage: {
        unit: values["storage.unit"] === "GiB" ? "GiB" : "GB",
        measure: measures.find((one) => one === values["storage.measure"]) ?? "average",
        price,
      },
    }),
    ...(devices && { devices }),
    ...(licences && { licences }),
    ...(accounts && { accounts }),
    ...(services && { services }),
    ...(minimum !== null && { minimum }),
    ...(discountPercent !== null && { discountPercent }),
    taxPercent: read.must("taxPercent", read.percent("taxPercent")) ?? "",
    ...(kind && { taxExemption: { kind, reason: read.text("taxExemption.reason") } }),
  };
  return { version, faults: read.faults };
}

/** The field that the service means by a path of the body, such as `versions.2.services.Firewall 2.0.unitPrice`. */
export function fieldAt(path: string, values: Values): string {
  const [, inVersion = path] = /^versions\.\d+\.(.+)$/.exec(path) ?? [];
  // Of prices as a whole it says that the day is one that they cannot begin on.
  if (/^versions\.\d+$/.test(path)) return "validFrom";
  if (inVersion === "taxExemption") return "taxExemption.kind";
  for (const key of Object.keys(lists)) {
    const list = key as List;
    const rows = Array.from({ length: rowsOf(values, list) }, (_, nth) => ({
      nth,
      start: `${list}.${valueOf(values, nameIn(list, nth)).trim()}`,
    }));
    // Names may have points, and begin like others.
    const [row] = rows
      .filter(({ start }) => inVersion === start || inVersion.startsWith(`${start}.`))
      .toSorted((one, other) => other.start.length - one.start.length);
    if (row) return `${list}.${row.nth}${inVersion.slice(row.start.length)}`;
  }
  return inVersion;
}
