import { checkAccountLevel } from "../../domain/accounts/new-account.ts";
import { type Device, type DeviceRecord, type DeviceState, presentDevice } from "../../domain/devices/device.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import type { Transit } from "../../domain/hierarchy/transit.ts";
import { heldPage } from "../accounts/held-pages.ts";
import { loadChain } from "../hierarchy/branch.ts";
import { loadPlace } from "../hierarchy/pointers.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { deviceKey, devicePrefix, type DeviceView, deviceViewPrefix } from "../table/keys.ts";
import type { Database } from "../table/database.ts";
import type { Item } from "../table/units.ts";
import { DeviceLink, readDevice } from "./device-records.ts";

/** Whose devices are listed. */
export type DeviceOwner = { customerId: string } | { accountId: string };
export interface DeviceFilter {
  state?: DeviceState | undefined;
  attention?: boolean | undefined;
}

/** The devices that links of a customer lead to. What is on its way to it is looked for at the old place first. */
async function recordsOf(
  db: Database,
  customerId: string,
  transit: Transit | null,
  links: readonly DeviceLink[],
): Promise<DeviceRecord[]> {
  const at = (pk: string) => db.getAll(links.map((link) => deviceKey(pk, link.accountId, link.id)));
  const old = transit?.toId === customerId ? await at(transit.fromId) : [];
  const found = await at(customerId);
  return found.flatMap((item, index) => {
    const record = item ?? old[index];
    return record ? [readDevice(record)] : [];
  });
}

/**
 * A page of a customer's devices, or of one account's, by a view that holds only what was asked for.
 * @throws DomainError not_found where the customer or the account is not seen
 */
export async function listDevices(
  context: StoreContext,
  where: DeviceOwner,
  filter: DeviceFilter,
  limit: number,
  after: string | null,
): Promise<{ devices: Device[]; next: string | null }> {
  // Whoever has logged in by an account sees of its customer's devices only those of the account.
  const accountId = "accountId" in where ? where.accountId : context.caller.account?.id;
  const view: DeviceView | null =
    filter.attention === true
      ? { by: "attention" }
      : filter.state === undefined
        ? null
        : { by: "state", state: filter.state };
  const prefix = view ? deviceViewPrefix(view, accountId) : devicePrefix(accountId);
  const held = {
    prefix: (id?: string | null) => (view ? deviceViewPrefix(view, id) : devicePrefix(id)),
    accountOf: (item: Item) => DeviceLink.parse(item).accountId,
    accountId,
  };
  const { db } = context;
  // Ahead, for a customer from or to which nothing is on its way.
  const ahead = (pk: string) => db.prefetchQuery({ pk, prefix, after: after ?? undefined, limit: limit + 1 });
  const chainOf = async (): Promise<Chain> => {
    if (!("accountId" in where)) {
      ahead(where.customerId);
      return loadChain(context, where.customerId);
    }
    const { chain } = await loadPlace(context, where.accountId, "account", false, ({ customerId }) => {
      ahead(customerId);
      return Promise.resolve(null);
    });
    return chain;
  };
  const chain = await chainOf();
  checkAccountLevel(chain, "customerId");
  const [customer] = chain;
  const { items, transit } = await heldPage(db, customer, held, limit, after, context.now());
  const shown = items.slice(0, limit);
  const devices = view
    ? await recordsOf(
        db,
        customer.id,
        transit,
        shown.map((item) => DeviceLink.parse(item)),
      )
    : shown.map(readDevice);
  return {
    devices: devices
      .filter((device) => filter.attention !== true || filter.state === undefined || device.state === filter.state)
      .map((device) => presentDevice(device, customer)),
    next: items.length > limit ? String(shown.at(-1)?.["sk"]) : null,
  };
}
