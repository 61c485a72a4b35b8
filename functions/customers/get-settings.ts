import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { customers as contracts } from "./contract.ts";

const stores = { customers: customerStore };

/** Answers the settings that a customer holds itself. */
export async function getSettings({
  params,
  tellVersion,
  deps: { customers },
}: Input<typeof contracts.getSettings, typeof stores>) {
  const [record] = await customers.load(params.id);
  tellVersion(record.version);
  return record.settings;
}

export const handler = operation(contracts.getSettings, getSettings, stores);
