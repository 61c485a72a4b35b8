import type { Schemas } from "@tenantry/client";

export type Allocation = Schemas["Allocation"];
type CustomerRow = Extract<Allocation, { kind: "customer" }>;

/** What is to be changed of one row; absent: it stays. */
export interface Edit {
  space?: number | null;
  soft?: number | null;
  licences?: number | null;
  devices?: number | null;
  quota?: number | null;
}
export type Edits = Readonly<Record<string, Edit>>;
export type EditedField = keyof Edit;

/** How many changes the service takes in one step. */
export const changesAtMost = 30;

/** The value of a field as it is saved. */
export function savedValue(row: Allocation, field: EditedField): number | null {
  if (row.kind === "account") return field === "quota" ? row.space.hardQuotaBytes : null;
  if (row.kind !== "customer") return null;
  if (field === "space") return row.space.limitBytes;
  if (field === "soft") return row.space.softLimitBytes;
  if (field === "licences") return row.licences.limit;
  return field === "devices" ? row.deviceLimit : null;
}

/** The edits with one more; a field that is back at its saved value is no edit. */
export function withEdit(edits: Edits, row: Allocation, field: EditedField, value: number | null): Edits {
  const { [row.id]: known = {}, ...others } = edits;
  const { [field]: _, ...rest } = known;
  const edit = savedValue(row, field) === value ? rest : { ...rest, [field]: value };
  return Object.keys(edit).length === 0 ? others : { ...others, [row.id]: edit };
}

/** The changes as the service takes them. */
export function changesOf(rows: readonly Allocation[], edits: Edits): Schemas["AllocationChange"][] {
  return rows.flatMap((row) => {
    const edit = edits[row.id];
    if (!edit) return [];
    const { space, soft, licences, devices, quota } = edit;
    const hasSpace = space !== undefined || soft !== undefined;
    return [
      {
        id: row.id,
        version: row.version,
        ...(hasSpace && {
          space: {
            ...(space !== undefined && { limitBytes: space }),
            ...(soft !== undefined && { softLimitBytes: soft }),
          },
        }),
        ...(licences !== undefined && { licences: { limit: licences } }),
        ...(devices !== undefined && { deviceLimit: devices }),
        ...(quota !== undefined && { hardQuotaBytes: quota }),
      },
    ];
  });
}

/** What would take changes back again. */
export function reverseOf(rows: readonly Allocation[], edits: Edits): Schemas["AllocationChange"][] {
  const back = Object.fromEntries(
    rows
      .filter(({ id }) => edits[id])
      .map((row) => [
        row.id,
        Object.fromEntries(
          Object.keys(edits[row.id] ?? {}).map((field) => [field, savedValue(row, field as EditedField)]),
        ),
      ]),
  );
  // Without the versions: those are others by then.
  return changesOf(rows, back).map(({ id, space, licences, deviceLimit, hardQuotaBytes }) => ({
    id,
    ...(space !== undefined && { space }),
    ...(licences !== undefined && { licences }),
    ...(deviceLimit !== undefined && { deviceLimit }),
    ...(hardQuotaBytes !== undefined && { hardQuotaBytes }),
  }));
}

/** What is free at one customer, now and after the edits; null: unrestricted. */
export interface Free {
  now: number | null;
  after: number | null;
}
interface Pool {
  limit: number | null;
  allotted: number;
  drawn: number;
  free: number | null;
}

const spacePool = ({ space }: CustomerRow): Pool => ({
  limit: space.limitBytes,
  allotted: space.allottedToChildrenBytes,
  drawn: 0,
  free: space.freeBytes,
});
const licencePool = ({ licences }: CustomerRow): Pool => ({
  limit: licences.limit,
  allotted: licences.allottedToChildren,
  drawn: licences.drawn,
  free: licences.available,
});

/**
 * What is free at each customer once the edits are saved. A customer with a limit takes that from the level above; one without takes what stands
 * below it, and what it has drawn itself.
 * @param rows depth first, parents before what stands below them
 */
function freeAfter(rows: readonly CustomerRow[], edits: Edits, field: "space" | "licences"): Map<string, Free> {
  const poolOf = field === "space" ? spacePool : licencePool;
  const fromBelow = new Map<string, number>();
  const ownShift = new Map<string, number>();
  for (const row of rows.toReversed()) {
    const { limit, allotted, drawn } = poolOf(row);
    const below = fromBelow.get(row.id) ?? 0;
    const edited = edits[row.id]?.[field];
    const after = edited === undefined ? limit : edited;
    const shift = (after ?? allotted + below + drawn) - (limit ?? allotted + drawn);
    ownShift.set(row.id, shift);
    if (row.parentId !== null) fromBelow.set(row.parentId, (fromBelow.get(row.parentId) ?? 0) + shift);
  }
  const free = new Map<string, Free>();
  for (const row of rows) {
    const { limit, allotted, drawn, free: now } = poolOf(row);
    const edited = edits[row.id]?.[field];
    const after = edited === undefined ? limit : edited;
    const above = row.parentId === null ? undefined : free.get(row.parentId);
    const own =
      after !== null
        ? after - allotted - (fromBelow.get(row.id) ?? 0) - drawn
        : now === null
          ? null
          : (above?.after ?? now - (ownShift.get(row.id) ?? 0));
    free.set(row.id, { now, after: own });
  }
  return free;
}

/** What is free in space and in licences, by customer. */
export function freeOf(rows: readonly Allocation[], edits: Edits) {
  const customers = rows.filter((row) => row.kind === "customer");
  return { space: freeAfter(customers, edits, "space"), licences: freeAfter(customers, edits, "licences") };
}

/** How deep a row stands below the top of the list. */
export function depthsOf(rows: readonly Allocation[]): Map<string, number> {
  const depths = new Map<string, number>();
  for (const { id, parentId } of rows)
    depths.set(id, parentId !== null && depths.has(parentId) ? (depths.get(parentId) ?? 0) + 1 : 0);
  return depths;
}
