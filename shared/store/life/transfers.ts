import { planLicenceTransfer, type Weight } from "../../domain/life/account-move.ts";
import { type Chain, type CustomerRecord, licenceStanding } from "../../domain/hierarchy/customer.ts";
import { planMove } from "../../domain/terms/allowance.ts";
import { commitShares } from "../hierarchy/customers.ts";
import { transferDevices } from "../hierarchy/device-pools.ts";
import { customerKey } from "../table/keys.ts";
import type { Condition, Write } from "../table/writes.ts";

/**
 * The writes that count devices, licences and used bytes at one customer instead of at another, at every level that they concern, each on the
 * condition of its own. `from` and `to` are the chains of the two. Within one customer nothing changes.
 * @param licencesBringTheirOwn both customers have a number of licences of their own, and the one gives the other what goes along
 * @throws DomainError device_limit | allotment_exceeded
 */
export function transfer(
  from: Chain,
  to: Chain,
  { devices, licences, licencesToDate, usedBytes }: Weight,
  licencesBringTheirOwn = false,
): Write[] {
  const [old, now] = [from[0], to[0]];
  if (old.id === now.id) return [];
  const counters = Object.entries({ licencesUsed: licences, licencesUsedToDate: licencesToDate, usedBytes }).filter(
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
    ...(licencesBringTheirOwn
      ? allottedTransfer(from, to, licences)
      : commitShares("licences", planLicenceTransfer(from, to, licences), [...from, ...to])),
    ...transferDevices(from, to, devices),
  ];
}

/** The writes by which licences go to another customer's number together with their share of the limit: neither side has more or less free. */
function allottedTransfer(from: Chain, to: Chain, licences: number): Write[] {
  if (licences === 0) return [];
  const [[old, ...above], [now, ...aboveNow]] = [from, to];
  const give = ({ id, version, licenceLimit }: CustomerRecord, by: number): Write => ({
    kind: "update",
    key: customerKey(id),
    set: { licenceLimit: (licenceLimit ?? 0) + by, version: version + 1 },
    add: { licenceDrawn: by },
    when: [
      { attribute: "version", is: version },
      { attribute: "licenceLimit", is: licenceLimit },
      { attribute: "deletedAt", is: null },
      ...(by < 0 ? [{ attribute: "licenceDrawn", atLeast: -by } as const] : []),
    ],
  });
  const share = planMove(
    { limit: null, committed: licences, drawn: 0 },
    above.map(licenceStanding),
    aboveNow.map(licenceStanding),
    "licences",
  );
  return [give(old, -licences), give(now, licences), ...commitShares("licences", share, [...above, ...aboveNow])];
}
