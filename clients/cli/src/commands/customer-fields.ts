import type { Field } from "../input/fields.ts";
import { countOf, flagOf, numberOf, sizeOf, wordsOf } from "../input/values.ts";
import { levels } from "./levels.ts";

/** What can be said about a customer at any time. */
export const customerFields: readonly Field[] = [
  { flags: "--name <name>", path: "name", about: "its name, unique in the installation" },
  { flags: "--email <address>", path: "email", about: "where its mail goes" },
  { flags: "--country <code>", path: "country", about: "country, such as DE" },
  { flags: "--storage-location <code>", path: "storageLocation", about: "where its data lie" },
  { flags: "--contact-name <name>", path: "contactName", about: "who to ask for", clears: true },
  { flags: "--phone <number>", path: "phone", about: "phone number", clears: true },
  { flags: "--address <text>", path: "address", about: "street and number", clears: true },
  { flags: "--city <name>", path: "city", about: "city", clears: true },
  { flags: "--postcode <code>", path: "postcode", about: "postcode", clears: true },
  { flags: "--notes <text>", path: "notes", about: "notes", clears: true },
  { flags: "--tags <words>", path: "tags", about: "tags, between commas", parse: wordsOf, clears: true },
  {
    flags: "--space <size>",
    path: "space.limitBytes",
    about: "limit of space, such as 2TB",
    parse: sizeOf,
    clears: true,
  },
  {
    flags: "--soft-space <size>",
    path: "space.softLimitBytes",
    about: "space that warns",
    parse: sizeOf,
    clears: true,
  },
  { flags: "--licences <count>", path: "licences.limit", about: "limit of licences", parse: numberOf, clears: true },
  { flags: "--device-limit <count>", path: "deviceLimit", about: "limit of devices", parse: countOf, clears: true },
  { flags: "--auto-authorize <yes|no>", path: "autoAuthorize", about: "new devices need no approval", parse: flagOf },
  { flags: "--email-reports <yes|no>", path: "emailReports", about: "reports by mail", parse: flagOf },
  { flags: "--timezone <name>", path: "timezone", about: "time zone, such as Europe/Berlin", clears: true },
  { flags: "--locale <code>", path: "locale", about: "language of its mail, such as de", clears: true },
];

/** What only a new customer is asked. */
export const newCustomerFields: readonly Field[] = [
  {
    flags: "--level <level>",
    path: "level",
    about: "its level; the usual one below its parent",
    choices: levels.slice(1),
  },
  {
    flags: "--service-type <type>",
    path: "serviceType",
    about: "its service",
    choices: ["all-inclusive", "software-only"],
  },
  { flags: "--in-trial <yes|no>", path: "inTrial", about: "whether it begins with a trial", parse: flagOf },
];
