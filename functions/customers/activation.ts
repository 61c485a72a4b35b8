import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import {
  type Chain,
  type Customer,
  type CustomerRecord,
  presentCustomer,
} from "../../shared/domain/hierarchy/customer.ts";
import type { Change } from "../../shared/http/operation.ts";
import type { CustomerStore } from "../../shared/store/hierarchy/customers.ts";

/** A customer that is to be active or not; the same record where it is so already. @param before what is stored of it */
export const activated = (
  record: CustomerRecord,
  before: CustomerRecord,
  active: boolean,
  nowMs: number,
): CustomerRecord =>
  record.active === active
    ? record
    : { ...record, active, version: before.version + 1, updatedAt: new Date(nowMs).toISOString() };

/** The change that activates or deactivates a customer; nothing is written where it is so already. */
export function activation(customers: CustomerStore, chain: Chain, active: boolean): Change<Customer> {
  const [before, ...parents] = chain;
  customers.refuseOnOwn(before, "The activation");
  const now = customers.now();
  if (before.active === active) return { result: presentCustomer(chain, customers.scopeId, now), writes: [] };
  const record = activated(before, before, active, now);
  const { id, level, name } = record;
  return {
    result: presentCustomer([record, ...parents], customers.scopeId, now),
    writes: [
      ...customers.save(before, record, parents),
      customers.log(chain, {
        type: active ? "CustomerActivated" : "CustomerDeactivated",
        node: { id, level, name },
        changes: difference(before, record),
      }),
    ],
  };
}
