import type { LogItem } from "../access/log-items.ts";
import type { Database } from "../table/database.ts";
import { defaultCustomerKey } from "../table/keys.ts";
import { kindOf } from "./present.ts";
import type { Refiling } from "./refiling.ts";

/** What a change is about, of what can be found: single things, and all those that others lead to. */
export interface Subjects {
  things: string[];
  refilings: Refiling[];
}

const idIn = (value: unknown): string[] => {
  const id = typeof value === "object" && value !== null && "id" in value ? value.id : value;
  return typeof id === "string" && kindOf(id) !== null ? [id] : [];
};

/**
 * What is to be filed anew after a change, by its entry in the log. What an entry is about is looked at whatever it tells: filing finds out whether
 * there is anything to do. What leaves a place does not stand at the customer that its entry names, so all that is found there is looked through.
 */
export function subjectsOf({ entry: { type, node, changes }, chain: [customerId = ""] }: LogItem): Subjects {
  const { id } = node;
  const of = (scan: Refiling["scan"], about: string, once: string | null = null): Refiling[] => [
    { scan, id: about, once },
  ];
  if (id.startsWith("con_")) return { things: [], refilings: of("contact", id) };
  const things = kindOf(id) === null ? [] : [id];
  switch (type) {
    case "CustomerArrived":
    case "CustomerPurged":
      return { things, refilings: of("branch", id) };
    case "CustomerLeft":
    case "DeviceLeft":
      return { things: [], refilings: [] };
    case "AccountLeft":
      return { things: [], refilings: of("held", id) };
    case "AccountPurged":
      return { things, refilings: of("held", customerId, id) };
    case "DevicePurged":
      return { things, refilings: of("thing", id, id) };
    case "DeviceReplaced":
      return { things: [...things, ...changes.flatMap(({ after }) => idIn(after))], refilings: [] };
    default:
      return { things, refilings: [] };
  }
}

/** The Default Customers of sellers that are new, whose entries tell of both. @returns them by the sellers' ids */
export async function defaultCustomers(db: Database, entries: readonly LogItem[]): Promise<Map<string, string>> {
  const sellers = entries.flatMap(({ entry: { type, node } }) =>
    type === "CustomerCreated" && node.level === "reseller" ? [node.id] : [],
  );
  const found = await db.getAll(sellers.map(defaultCustomerKey));
  return new Map(
    sellers.flatMap((id, at): [string, string][] => {
      const item = found[at];
      return item ? [[id, String(item["customerId"])]] : [];
    }),
  );
}
