import type { Output, Schemas } from "@tenantry/client";
import { queryClient, tenantry } from "../../app/api.ts";
import type { Node } from "../../app/areas.ts";
import { type List, useList } from "../../parts/table/use-list.ts";
import type { DevicesSearch } from "./route.ts";

export type Device = Schemas["Device"];
type Account = Schemas["Account"];
type Customer = Output<"getCustomer">;

/** A device with what it belongs to. */
export interface DeviceRow {
  device: Device;
  customer: Pick<Customer, "id" | "name" | "country"> | undefined;
  account: Pick<Account, "id" | "username"> | undefined;
}
type Page = { items: DeviceRow[]; nextCursor: string | null };

/** Things by their ids, as many as are there: those that are known already are not asked for again. */
async function named(ids: readonly string[], signal: AbortSignal): Promise<Map<string, Customer | Account>> {
  const wanted = [...new Set(ids)];
  const known = new Map<string, Customer | Account>();
  const missing = wanted.filter((id) => {
    const thing = queryClient.getQueryData<Customer | Account>(["named", id]);
    if (thing) known.set(id, thing);
    return !thing;
  });
  for (let at = 0; at < missing.length; at += 100) {
    const { items } = await tenantry.getBatch({ query: { ids: missing.slice(at, at + 100).join() }, signal });
    for (const item of items) {
      if (item.kind === "device") continue;
      const thing = item.kind === "customer" ? item.customer : item.account;
      queryClient.setQueryData(["named", thing.id], thing);
      known.set(thing.id, thing);
    }
  }
  return known;
}

/** Puts to devices the customer and the account that each belongs to. */
export async function withNames(devices: readonly Device[], signal: AbortSignal): Promise<DeviceRow[]> {
  const ids = devices.flatMap(({ customerId, accountId }) => [customerId, ...(accountId === null ? [] : [accountId])]);
  const things = await named(ids, signal);
  return devices.map((device) => ({
    device,
    customer: things.get(device.customerId) as Customer | undefined,
    account: device.accountId === null ? undefined : (things.get(device.accountId) as Account | undefined),
  }));
}

async function searched(node: Node, name: string, cursor: string | undefined, signal: AbortSignal): Promise<Page> {
  const query = { q: name, kind: "device" as const, limit: 50, ...(cursor !== undefined && { cursor }) };
  const { items, nextCursor } = await tenantry.search({ query, signal });
  const ids = items.filter(({ path }) => path.some(({ id }) => id === node.id)).map(({ id }) => id);
  if (ids.length === 0) return { items: [], nextCursor };
  const found = await tenantry.getBatch({ query: { ids: ids.join() }, signal });
  const devices = found.items.flatMap((item) => (item.kind === "device" ? [item.device] : []));
  return { items: await withNames(devices, signal), nextCursor };
}

async function watched(
  node: Node,
  reason: Schemas["AttentionCode"] | undefined,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Page> {
  const query = { limit: 50, ...(reason !== undefined && { reason }), ...(cursor !== undefined && { cursor }) };
  const { items, nextCursor } = await tenantry.getWatchlist({ params: { id: node.id }, query, signal });
  const rows = await withNames(
    items.map(({ device }) => device),
    signal,
  );
  return { items: rows, nextCursor };
}

/** All others, in the order of the tree: what needs attention has come before. */
async function calm(node: Node, cursor: string | undefined, all: boolean, signal: AbortSignal): Promise<Page> {
  const query = { kind: "device" as const, limit: 100, ...(cursor !== undefined && { cursor }) };
  const { items, nextCursor } = await tenantry.listDescendants({ params: { id: node.id }, query, signal });
  const devices = items.flatMap((item) => (item.kind === "device" ? [item.device] : []));
  const wanted = all ? devices : devices.filter(({ attention }) => attention.length === 0);
  return { items: await withNames(wanted, signal), nextCursor };
}

const phase = (name: "first" | "then", { items, nextCursor }: Page): Page => ({
  items,
  nextCursor: nextCursor === null ? null : `${name} ${nextCursor}`,
});

async function page(node: Node, filter: DevicesSearch, cursor: string | undefined, signal: AbortSignal): Promise<Page> {
  const { name, state, attention } = filter;
  if (name !== undefined) return searched(node, name, cursor, signal);
  if (attention !== undefined) return watched(node, attention === true ? undefined : attention, cursor, signal);
  if (state === "pending") return watched(node, "pending", cursor, signal);
  if (state === "deleted") return calm(node, cursor, true, signal);
  const [step = "first", rest] = cursor?.split(" ") ?? [];
  const own = rest === "" ? undefined : rest;
  if (step === "then") return phase("then", await calm(node, own, false, signal));
  const first = phase("first", await watched(node, undefined, own, signal));
  return { items: first.items, nextCursor: first.nextCursor ?? "then " };
}

/** Whether a device passes the filter. Deleted ones are there for those who ask for them. */
function passes({ state, attention }: Device, filter: DevicesSearch): boolean {
  const wanted = filter.attention;
  if (wanted !== undefined && !attention.some(({ code }) => wanted === true || code === wanted)) return false;
  return filter.state === undefined ? state !== "deleted" : state === filter.state;
}

/** The devices of a branch, those that need attention first, page by page. */
export function useDevices(node: Node, filter: Omit<DevicesSearch, "sort">): List<DeviceRow> {
  return useList(["devices", "list", node.id, filter], async (cursor, signal) => {
    // A page of the API may hold nothing that passes; then the next one is read at once.
    let next = cursor;
    for (;;) {
      const { items, nextCursor } = await page(node, filter, next, signal);
      const rows = items.filter(({ device }) => passes(device, filter));
      if (rows.length > 0 || nextCursor === null) return { items: rows, nextCursor };
      next = nextCursor;
    }
  });
}
