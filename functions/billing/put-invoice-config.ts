import { isSameRecord } from "../../shared/domain/billing/canonical-json.ts";
import { DomainError, refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { booksStore } from "../../shared/store/billing/books.ts";
import { billing as contracts } from "./contract.ts";

const stores = { books: booksStore };

/** Sets how a customer is invoiced, and when next. Refuses all but whoever sells to it directly, and price plans of others. */
export async function putInvoiceConfig({
  params,
  body,
  ifMatch,
  deps: { books },
}: Input<typeof contracts.putInvoiceConfig, typeof stores>) {
  const [before, { chain, issuer }, seller, plan] = await Promise.all([
    books.config(params.id),
    books.payer(params.id, true),
    books.issuer(),
    books.findPlan(body.pricePlanId),
  ]);
  ifMatch(before?.version ?? 0);
  if (!plan) throw refuse("not_applicable", "pricePlanId", "Your customer has no such price plan.");
  if (body.enabled && !seller)
    throw new DomainError("not_applicable", "Say first who issues your invoices: PUT /v1/invoice-issuer.");
  const at = new Date(books.now()).toISOString();
  const keepsTime = before?.nextRunAt && before.dayOfMonth === body.dayOfMonth;
  const after = {
    ...body,
    sendMail: body.sendMail ?? true,
    customerId: params.id,
    issuerId: issuer[0].id,
    nextRunAt: body.enabled ? (keepsTime ? before.nextRunAt : books.nextRun(issuer, body.dayOfMonth)) : null,
    version: (before?.version ?? 0) + 1,
    createdAt: before?.createdAt ?? at,
    updatedAt: at,
  };
  if (before && isSameRecord(before, after)) return { result: before, writes: [] };
  const { id, level, name } = chain[0];
  const changes = [{ path: "enabled", before: before?.enabled ?? null, after: after.enabled }];
  return {
    result: after,
    writes: [
      ...books.saveConfig(before, after),
      books.log(issuer, { type: "InvoiceConfigSaved", node: { id, level, name }, changes }),
    ],
  };
}

export const handler = operation(contracts.putInvoiceConfig, putInvoiceConfig, stores);
