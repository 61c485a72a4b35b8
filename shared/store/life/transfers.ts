import { planLicenceTransfer, type Weight } from "../../domain/life/account-move.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import { commitShares } from "../hierarchy/customers.ts";
import { transferDevices } from "../hierarchy/device-pools.ts";
import { customerKey } from "../table/keys.ts";
import type { Condition, Write } from "../table/writes.ts";

/**
 * The writes that count devices, licences and used bytes at one customer instead of at another, at every level that they concern, each on the
 * condition of its own. `from` and `to` are the chains of the two. Within one customer nothing changes.
 * @throws DomainError device_limit | allotment_exceeded
 */
export function transfer(from: Chain, to: Chain, { devices, licences, usedBytes }: Weight): Write[] {
  const [old, now] = [from[0], to[0]];
  if (old.id === now.id) return [];
  const counters = Object.entries({ licencesUsed: licences, licencesUsedToDate: licences, usedBytes }).filter(
    ([, value]) => value !== 0,
  );
  const count = (id: string, sign: 1 | -1): Write => {
    const key = customerKey(id);
    const when: Condition[] = [{ exists: true }, { attribute: "deletedAt", is: null }];
    return counters.length === 0
      ? { kind: "check", key, when }
      : {
          kind: "update",
          key,
          set: {},
          add: Object.fromEntries(counters.map(([name, by]) => [name, sign * by])),
          when,
        };
  };
  return [
    count(old.id, -1),
    count(now.id, 1),
    ...commitShares("licences", planLicenceTransfer(from, to, licences), [...from, ...to]),
    ...transferDevices(from, to, devices),
  ];
}
