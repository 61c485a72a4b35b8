import { checkSettings, mergeSettings } from "../../shared/domain/terms/settings.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { customers as contracts } from "./contract.ts";

const stores = { customers: customerStore };

/** Changes a customer's own settings. Refuses settings that contradict themselves, belong to another level, or widen what is inherited. */
export async function updateSettings({
  params,
  body,
  ifMatch,
  tellVersion,
  deps: { customers },
}: Input<typeof contracts.updateSettings, typeof stores>) {
  const chain = await customers.loadLive(params.id);
  const [before, ...parents] = chain;
  ifMatch(before.version);
  const settings = mergeSettings(before.settings, body);
  checkSettings(before.level, settings, parents);
  const changes = difference(before.settings, settings);
  tellVersion(changes.length === 0 ? before.version : before.version + 1);
  if (changes.length === 0) return { result: settings, writes: [] };
  const record = {
    ...before,
    settings,
    version: before.version + 1,
    updatedAt: new Date(customers.now()).toISOString(),
  };
  const { id, level, name } = record;
  return {
    result: settings,
    writes: [
      ...customers.save(before, record, parents),
      customers.log(chain, { type: "SettingsUpdated", node: { id, level, name }, changes }),
    ],
  };
}

export const handler = operation(contracts.updateSettings, updateSettings, stores);
