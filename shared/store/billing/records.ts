import type { Key } from "../table/keys.ts";
import type { Item } from "../table/units.ts";
import { insert, type Put, type Update } from "../table/writes.ts";

/* What belongs to the books is stored whole, as an attribute of its item: nothing looks for its parts, and what is absent in it stays absent. */

interface Versioned {
  version: number;
}

/** The write of something new. @param beside attributes of the item beside the record */
export const insertRecord = (key: Key, kind: string, record: Versioned, beside: Item = {}): Put =>
  insert(key, { kind, record, version: record.version, ...beside });

/** The write that brings something from one state to another, on the condition of its version. */
export const saveRecord = (key: Key, before: Versioned, after: Versioned): Update => ({
  kind: "update",
  key,
  set: { record: after, version: after.version },
  add: {},
  when: [{ attribute: "version", is: before.version }],
});
