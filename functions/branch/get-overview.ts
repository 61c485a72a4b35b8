import { alive, devicesIn, presentCustomer } from "../../shared/domain/hierarchy/customer.ts";
import { presentStorage } from "../../shared/domain/storage/residency.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { logStore } from "../../shared/store/access/log-pages.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { watchlistStore } from "../../shared/store/reports/watchlist.ts";
import { residencyStore } from "../../shared/store/storage/residency.ts";
import { ledgerStore } from "../../shared/store/usage/ledger.ts";
import { branch as contracts, overviewOf } from "./contract.ts";

const stores = {
  customers: customerStore,
  watchlist: watchlistStore,
  residency: residencyStore,
  log: logStore,
  ledger: ledgerStore,
};

/** Answers what somebody wants to know of a customer at first sight. Refuses a customer that is deleted. */
export async function getOverview({
  params: { id },
  caller,
  deps: { customers, watchlist, residency, log, ledger },
}: Input<typeof contracts.getOverview, typeof stores>) {
  const [chain, { counts, items }, found, recent, trend] = await Promise.all([
    customers.load(id),
    watchlist.list(id, null, overviewOf.attention, null),
    residency.found(id),
    log.list(id, {}, overviewOf.log, null),
    ledger.trend(id, overviewOf.days),
  ]);
  alive(chain);
  return {
    customer: presentCustomer(chain, caller.scopeId, customers.now()),
    devices: devicesIn(chain),
    attention: { counts, items },
    storage: presentStorage(chain, caller.scopeId, found, customers.now()),
    log: recent.items,
    trend,
  };
}

export const handler = operation(contracts.getOverview, getOverview, stores);
