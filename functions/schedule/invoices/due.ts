import { zoneOf } from "../../../shared/domain/billing/night.ts";
import { invoicedMonth, nextTimeOfRun } from "../../../shared/domain/billing/run.ts";
import { payerTimer, readPayer } from "../../../shared/store/billing/books.ts";
import { hasSold } from "../../../shared/store/billing/making.ts";
import { orderPut } from "../../../shared/store/billing/orders.ts";
import { saveRecord } from "../../../shared/store/billing/records.ts";
import { readChain } from "../../../shared/store/hierarchy/chain.ts";
import type { Database } from "../../../shared/store/table/database.ts";
import { customerKey, partiesOf, payerKey } from "../../../shared/store/table/keys.ts";
import type { DueTimer } from "../../../shared/store/table/sweep.ts";
import type { Write } from "../../../shared/store/table/writes.ts";

/**
 * The writes of a payer whose day has come: the order to invoice the month before, and the timer of the next. Months that were missed come one by one.
 * It ends with a month in which there was nothing of a payer that is gone for good, and with a seller that is.
 */
export async function payerDue({ ownerPk }: DueTimer, db: Database, now: number): Promise<Write[]> {
  const { issuerId, payerId } = partiesOf(ownerPk);
  const [config, chain, payer] = await Promise.all([
    readPayer(db, issuerId, payerId),
    readChain(db, issuerId),
    db.get(customerKey(payerId)),
  ]);
  if (!config?.enabled || !chain || config.nextRunAt === null) return [];
  const { nextRunAt, dayOfMonth } = config;
  if (Date.parse(nextRunAt) > now) return payerTimer(config, null);
  const zone = zoneOf(chain);
  const month = invoicedMonth(zone, nextRunAt);
  const isOver = payer === undefined && !(await hasSold(db, payerId, month));
  const next = isOver ? null : nextTimeOfRun(dayOfMonth, zone, Date.parse(nextRunAt));
  const after = { ...config, nextRunAt: next, version: config.version + 1 };
  return [
    saveRecord(payerKey(issuerId, payerId), config, after),
    ...payerTimer(after, nextRunAt),
    ...(isOver ? [] : [orderPut({ task: "draft", issuerId, payerId, month }, now)]),
  ];
}
