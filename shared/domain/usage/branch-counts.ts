import * as z from "zod";
import { Account, type AccountPlace, accountState, shownState } from "../accounts/account.ts";
import { type Device, DeviceState } from "../devices/device.ts";
import type { Chain } from "../hierarchy/customer.ts";
import { Level } from "../terms/levels.ts";

/** Something below a customer, with all that tells its state. A device that waits for an account has no place yet. */
export type BranchThing =
  | { kind: "customer"; chain: Chain }
  | { kind: "account"; place: AccountPlace }
  | { kind: "device"; device: Device; place: AccountPlace | null };

const count = z.int().min(0);
const AccountState = Account.shape.state;
const CustomerState = z.enum(["active", "inactive", "trial"]);

/** How many customers, accounts and devices there are, by kind and state. */
export const BranchCounts = z
  .object({
    customers: z.object({
      total: count,
      byLevel: z.record(Level, count),
      byState: z.record(CustomerState, count).meta({
        description: "By their own switch active or inactive, which together are all; those in trial are among them",
      }),
    }),
    accounts: z.object({
      total: count,
      byState: z.record(AccountState, count).meta({ description: "Each in one state, as the account shows it" }),
    }),
    devices: z.object({
      total: count,
      byState: z
        .record(DeviceState, count)
        .meta({ description: "Each in one state; those of a deleted account count as deleted" }),
    }),
  })
  .meta({ id: "BranchCounts" });
export type BranchCounts = z.infer<typeof BranchCounts>;

const none = <Name extends string>(names: readonly Name[]): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;

/** Counts the things of a branch, or of a part of it: counts of parts add up. */
export function countThings(things: readonly BranchThing[]): BranchCounts {
  const counts: BranchCounts = {
    customers: { total: 0, byLevel: none(Level.options), byState: none(CustomerState.options) },
    accounts: { total: 0, byState: none(AccountState.options) },
    devices: { total: 0, byState: none(DeviceState.options) },
  };
  const { customers, accounts, devices } = counts;
  for (const thing of things) {
    if (thing.kind === "customer") {
      const [{ level, active, trialEndsAt }] = thing.chain;
      customers.total += 1;
      customers.byLevel[level] += 1;
      customers.byState[active ? "active" : "inactive"] += 1;
      if (trialEndsAt !== null) customers.byState.trial += 1;
    } else if (thing.kind === "account") {
      accounts.total += 1;
      accounts.byState[shownState(thing.place)] += 1;
    } else {
      const { device, place } = thing;
      devices.total += 1;
      devices.byState[place && accountState(place) === "deleted" ? "deleted" : device.state] += 1;
    }
  }
  return counts;
}
