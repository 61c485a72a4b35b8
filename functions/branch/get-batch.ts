import { presentCustomer } from "../../shared/domain/hierarchy/customer.ts";
import { idPrefixes } from "../../shared/domain/terms/ids.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { accountStore } from "../../shared/store/accounts/accounts.ts";
import { deviceStore } from "../../shared/store/devices/devices.ts";
import { orAbsent } from "../../shared/store/hierarchy/branch.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { branch as contracts } from "./contract.ts";

const stores = { customers: customerStore, accounts: accountStore, devices: deviceStore };

/** Answers customers, accounts and devices by their ids, and leaves out what the caller's branch does not have. All are read side by side. */
export async function getBatch({
  query,
  deps: { customers, accounts, devices },
}: Input<typeof contracts.getBatch, typeof stores>) {
  const thing = async (id: string) => {
    if (id.startsWith(`${idPrefixes.customer}_`)) {
      const chain = await orAbsent(customers.load(id));
      return (
        chain && { kind: "customer" as const, customer: presentCustomer(chain, customers.scopeId, customers.now()) }
      );
    }
    if (id.startsWith(`${idPrefixes.account}_`)) {
      const place = await orAbsent(accounts.load(id));
      return place && { kind: "account" as const, account: accounts.present(place) };
    }
    const found = await orAbsent(devices.load(id));
    return found && { kind: "device" as const, device: devices.present(found.device, found.chain) };
  };
  const found = await Promise.all(query.ids.map(thing));
  return { items: found.filter((one) => one !== null) };
}

export const handler = operation(contracts.getBatch, getBatch, stores);
