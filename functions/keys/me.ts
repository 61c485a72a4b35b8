import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { keys as contracts } from "./contract.ts";

const stores = { customers: customerStore };

/** Answers who the credential is and what it sees. */
export async function me({ caller, deps: { customers } }: Input<typeof contracts.me, typeof stores>) {
  const [{ id, level, name }] = await customers.load(caller.scopeId);
  return {
    kind: caller.kind === "user" || caller.kind === "account" ? caller.kind : ("apiKey" as const),
    id: caller.id,
    role: caller.role,
    scope: { id, level, name },
    account: caller.account ?? null,
  };
}

export const handler = operation(contracts.me, me, stores);
