import { levels } from "../terms/levels.ts";
import { serviceTypes } from "../terms/service-types.ts";
import { readSize } from "./sizes.ts";

/** What a row of a file makes. */
export const rowKinds = ["customer", "account", "device"] as const;
export type RowKind = (typeof rowKinds)[number];

/** What a cell says: a value of a request, or why it says none. */
export type Said = { value: unknown } | { problem: string };
/** Where a column goes: the place in the request, and how its cells are read. */
export interface Place {
  path: string;
  read: (text: string) => Said;
  /** White space around the text belongs to it. */
  asIs?: true;
}

const text = (value: string): Said => ({ value });
const yes: ReadonlySet<string> = new Set(["true", "yes", "1", "on", "ja", "wahr"]);
const no: ReadonlySet<string> = new Set(["false", "no", "0", "off", "nein", "falsch"]);
/** What a cell says that is true or false. */
export const readFlag = (given: string): Said => {
  const word = given.toLowerCase();
  if (yes.has(word)) return { value: true };
  return no.has(word) ? { value: false } : { problem: "must be true or false" };
};
const count = (given: string): Said =>
  /^\d{1,16}$/.test(given) ? { value: Number(given) } : { problem: "must be a whole number" };
const size = (given: string): Said => {
  const bytes = readSize(given);
  return typeof bytes === "number" ? { value: bytes } : { problem: bytes };
};
/** Several items with `|` between; within one, a backslash before `|` or a backslash makes that a letter like others. */
function itemsOf(given: string): string[] {
  const items = [""];
  for (const [sign] of given.matchAll(/\\[\\|]|[^]/g))
    if (sign === "|") items.push("");
    else items.push((items.pop() ?? "") + sign.slice(sign.length - 1));
  return items.map((item) => item.trim());
}
const tags = (given: string): Said => ({ value: itemsOf(given) });
/** `EndCustomer`, `end-customer` and `End Customer` are one word; another one is left to the rules of the request. */
const known = (words: readonly string[], given: string): string => {
  const bare = (one: string): string => one.replaceAll(/[^a-z]/gi, "").toLowerCase();
  return words.find((one) => bare(one) === bare(given)) ?? given;
};
const word =
  (words: readonly string[]) =>
  (given: string): Said => ({ value: known(words, given) });
const wordsOf =
  (words: readonly string[]) =>
  (given: string): Said => ({ value: itemsOf(given).map((one) => known(words, one)) });
/** What Cove calls a customer's state. */
const state = (given: string): Said => {
  const bare = given.toLowerCase();
  if (bare === "intrial") return { value: true };
  return bare === "inproduction" ? { value: false } : { problem: "must be InTrial or InProduction" };
};
const country = (given: string): Said => ({ value: given.toUpperCase() });
/** Cove's numbers of locations mean nothing here: the country decides. */
const location = (given: string): Said => ({ value: /^\d+$/.test(given) ? undefined : given.toUpperCase() });

const at = (path: string, read: Place["read"] = text): Place => ({ path, read });

/** Every column that a file may have, by its name in small letters without anything else, and where it goes for each kind of row. */
const places: Readonly<Record<RowKind, Readonly<Record<string, Place>>>> = {
  customer: {
    name: at("name"),
    email: at("email"),
    country: at("country", country),
    level: at("level", word(levels)),
    storagelocation: at("storageLocation", location),
    intrial: at("inTrial", readFlag),
    state: at("inTrial", state),
    active: at("active", readFlag),
    servicetype: at("serviceType", word(serviceTypes)),
    servicestoprovide: at("servicesToProvide", wordsOf(serviceTypes)),
    contactname: at("contactName"),
    address: at("address"),
    city: at("city"),
    postcode: at("postcode"),
    phone: at("phone"),
    fax: at("fax"),
    notes: { ...at("notes"), asIs: true },
    tags: at("tags", tags),
    space: at("space.limitBytes", size),
    softspace: at("space.softLimitBytes", size),
    licences: at("licences.limit", count),
    devicelimit: at("deviceLimit", count),
    autoauthorize: at("autoAuthorize", readFlag),
    emailreports: at("emailReports", readFlag),
    timezone: at("timezone"),
    locale: at("locale"),
    logourl: at("branding.logoUrl"),
    color: at("branding.color"),
    supporturl: at("branding.supportUrl"),
  },
  account: {
    username: at("username"),
    password: at("password"),
    plan: at("plan"),
    active: at("active", readFlag),
    name: at("contact.name"),
    email: at("contact.email"),
    phone: at("contact.phone"),
    locale: at("contact.locale"),
    quota: at("hardQuotaBytes", size),
    userquota: at("userQuotaBytes", size),
    trialdays: at("trialDays", count),
  },
  device: {
    name: at("name"),
    machineid: at("machineId"),
    devicekind: at("kind"),
    os: at("os"),
    agentversion: at("agentVersion"),
    active: at("active", readFlag),
  },
};

/** Other names of columns, of other products and of spreadsheets. */
const aliases: Readonly<Record<string, string>> = {
  type: "kind",
  ref: "externalref",
  reference: "externalref",
  parentref: "parent",
  parentid: "parent",
  parentname: "parent",
  companyname: "name",
  company: "name",
  mail: "email",
  emailaddress: "email",
  devicecountry: "country",
  locationid: "storagelocation",
  location: "storagelocation",
  trial: "intrial",
  contact: "contactname",
  street: "address",
  zip: "postcode",
  zipcode: "postcode",
  telephone: "phone",
  spacelimit: "space",
  login: "username",
  isdefault: "defaultcustomer",
  // German, as the other words that are read in both languages.
  kundennummer: "externalref",
  firma: "name",
  kunde: "name",
  ansprechpartner: "contactname",
  straße: "address",
  strasse: "address",
  plz: "postcode",
  ort: "city",
  land: "country",
  speicherort: "storagelocation",
  telefon: "phone",
  ebene: "level",
  übergeordnet: "parent",
  speicher: "space",
  lizenzen: "licences",
  bemerkungen: "notes",
  notizen: "notes",
  benutzername: "username",
  kennwort: "password",
  tarif: "plan",
};
/** What a row says of itself, whatever its kind. */
const general: ReadonlySet<string> = new Set(["kind", "externalref", "parent", "defaultcustomer"]);

/** The header of a file: what each of its columns is. */
export interface Header {
  /** The names as the file has them. */
  names: readonly string[];
  /** What each column is called here; null: it is not read. */
  columns: readonly (string | null)[];
}

/** A value by a name that a file says: it may be `constructor`. */
const byName = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

const bareName = (name: string): string => {
  const bare = name.replaceAll(/[^\p{L}\p{N}]/gu, "").toLowerCase();
  return byName(aliases, bare) ?? bare;
};
const isKnown = (name: string): boolean => general.has(name) || rowKinds.some((kind) => placeOf(kind, name));
/** Whether two columns say one thing of some kind of row. */
const sayTheSame = (one: string, other: string): boolean =>
  one === other ||
  rowKinds.some((kind) => placeOf(kind, one) && placeOf(kind, one)?.path === placeOf(kind, other)?.path);

/** Reads a header. @returns what its columns are, or why the file cannot be read by it */
export function readHeader(names: readonly string[]): Header | { problem: string } {
  const columns = names.map((name) => {
    const known = bareName(name);
    return isKnown(known) ? known : null;
  });
  for (const [nth, column] of columns.entries()) {
    const first = columns.slice(0, nth).findIndex((one) => one !== null && column !== null && sayTheSame(one, column));
    if (first >= 0)
      return { problem: `The columns ${names[first]} and ${names[nth]} say the same; leave one of them out.` };
  }
  const needed = ["name", "username", "machineid"];
  if (!needed.some((name) => columns.includes(name)))
    return { problem: `The first line names no column that this import knows: ${names.slice(0, 5).join(", ")}.` };
  return { names, columns };
}

/** Where a column goes for a kind of row; undefined: it says nothing about that kind. */
export const placeOf = (kind: RowKind, column: string): Place | undefined => byName(places[kind], column);
/** All columns that say something about a kind of row, by their bare names. */
export const columnsOf = (kind: RowKind): string[] => Object.keys(places[kind]);
/** A value of a request as a cell that is read as the same. */
export const writeValue = (value: unknown): string =>
  Array.isArray(value)
    ? value.map((item) => String(item).replaceAll(/[\\|]/g, String.raw`\$&`)).join("|")
    : String(value ?? "");
