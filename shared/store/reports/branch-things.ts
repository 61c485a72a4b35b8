import type { AccountPlace } from "../../domain/accounts/account.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import type { BranchThing } from "../../domain/usage/branch-counts.ts";
import { sells } from "../../domain/terms/levels.ts";
import { accountStore } from "../accounts/accounts.ts";
import { listDevices } from "../devices/device-lists.ts";
import { orAbsent } from "../hierarchy/branch.ts";
import { type BranchListPosition, type Listed, listOverBranch } from "../hierarchy/lists/over-branch.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { accountKey, accountPrefix, customerKey, deviceKey, devicePrefix } from "../table/keys.ts";
import { Stale } from "../table/writes.ts";

/** null stands in the place of what was listed already. */
type Found = Listed<BranchThing | null>;

/** Behind the row of the customer itself, before its accounts. */
const ownRow = customerKey("").sk;
/** Where a list of accounts goes on: behind a key, and which parent accounts beyond it were listed already. */
const accountsAt = (after: string, listed: ReadonlySet<string>): string => [after, ...listed].join("|");

/** Everything that stands below a customer of the caller's branch. */
export const branchThingStore = (context: StoreContext) => {
  const accounts = accountStore(context);

  /** The accounts of a customer, oldest first; a parent account that is younger than a sub-account that was moved to it comes before that. */
  const accountsOf = async (
    { id }: Chain[0],
    at: string | undefined,
    want: number,
  ): Promise<{ found: Found[]; places: AccountPlace[] }> => {
    const [after = accountPrefix, ...early] = at?.split("|") ?? [];
    const listed = new Set(early);
    const { places } = await accounts.list(id, want, after);
    const found: Found[] = [];
    let before = after;
    for (const place of places) {
      const { account, parent } = place;
      if (parent && parent.id > account.id && !listed.has(parent.id)) {
        const value = { kind: "account" as const, place: await accounts.load(parent.id) };
        listed.add(parent.id);
        found.push({ value, at: accountsAt(before, listed) });
      }
      before = accountKey(id, account.id).sk;
      const again = listed.delete(account.id);
      found.push({ value: again ? null : { kind: "account", place }, at: accountsAt(before, listed) });
    }
    return { found, places };
  };

  /** The devices of a customer, account by account. @param known accounts that were read already */
  const devicesOf = async (
    { id }: Chain[0],
    known: readonly AccountPlace[],
    devices: Awaited<ReturnType<typeof listDevices>>["devices"],
  ): Promise<Found[]> => {
    const places = new Map(known.map((place) => [place.account.id, place]));
    return Promise.all(
      devices.map(async (device): Promise<Found> => {
        const { accountId } = device;
        const { sk: at } = deviceKey(id, accountId, device.id);
        if (accountId === null) return { value: { kind: "device", device, place: null }, at };
        const place = places.get(accountId) ?? (await orAbsent(accounts.load(accountId)));
        if (!place) throw new Stale("The account of the device has been moved.");
        return { value: { kind: "device", device, place }, at };
      }),
    );
  };

  return {
    /**
     * A page of what stands below a customer: customers depth first in the order of their names, each followed by its accounts and devices. Deleted accounts
     * and devices are among it, deleted customers are not. It looks at no more than 200 customers, so it may hold fewer things than asked for.
     * @throws DomainError not_found
     */
    async list(topId: string, limit: number, position: BranchListPosition | null) {
      const thingsOf = async (chain: Chain, at: string | undefined, want: number): Promise<Found[]> => {
        const [customer] = chain;
        const found: Found[] =
          at === undefined && customer.id !== topId ? [{ value: { kind: "customer", chain }, at: ownRow }] : [];
        if (sells(customer.level)) return found;
        const inDevices = at?.startsWith(devicePrefix()) === true;
        const devicesFrom = (after: string | null) =>
          listDevices(context, { customerId: customer.id }, {}, want, after);
        // Most customers have few of both: then both are there at once.
        const ahead = at === undefined ? devicesFrom(null) : null;
        ahead?.catch(() => undefined);
        const inAccounts = at === ownRow ? undefined : at;
        const own = inDevices ? null : await accountsOf(customer, inAccounts, want - found.length);
        found.push(...(own?.found ?? []));
        if (found.length >= want) return found;
        const { devices } = await (ahead ?? devicesFrom(inDevices ? at : null));
        found.push(...(await devicesOf(customer, own?.places ?? [], devices)));
        return found;
      };
      const { found, next } = await listOverBranch<BranchThing | null>(context, thingsOf, topId, limit, position);
      return { things: found.filter((thing) => thing !== null), next };
    },
  };
};
