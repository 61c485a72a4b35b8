import { PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Chain, CustomerRecord } from "../../../shared/domain/hierarchy/customer.ts";
import { newCustomer, newProvider } from "../../../shared/domain/hierarchy/new-customer.ts";
import { createIdSource } from "../../../shared/runtime/ids.ts";
import { replace } from "../../../shared/store/table/writes.ts";
import { storagePlan } from "../../support/storage-plan.ts";
import type { StoreStage } from "./stage.ts";

const ids = createIdSource();
const details = { email: "a@example.com", country: "DE" } as const;

/** Puts a customer's record as it is, whatever stands there. */
export const putCustomer = ({ table }: StoreStage, record: CustomerRecord) => {
  const { item } = replace({ pk: record.id, sk: "@" }, { kind: "customer", ...record });
  return table.documents.send(new PutCommand({ TableName: table.tableName, Item: item }));
};

/** A provider with a reseller and an end-customer below, written to the table. Nearest first. */
export async function putLine(store: StoreStage): Promise<readonly [CustomerRecord, CustomerRecord, CustomerRecord]> {
  const now = Date.now();
  const newId = () => ids.id("customer", now);
  const provider = newProvider({ name: "Provider", ...details }, newId(), now);
  const under = (name: string, parents: Chain) =>
    newCustomer({ name, ...details, ...(name === "Reseller" && { level: "reseller" }) }, parents, newId, {
      now,
      plan: storagePlan,
    }).records[0];
  const reseller = under("Reseller", [provider]);
  const customer = under("Customer", [reseller, provider]);
  for (const record of [provider, reseller, customer]) await putCustomer(store, record);
  return [customer, reseller, provider];
}
