import { effectiveSettings } from "../../shared/domain/terms/settings.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { ownAccessStore } from "../../shared/store/people/own-access.ts";
import { presentUser } from "../users/presentation.ts";
import { keys as contracts } from "./contract.ts";

const stores = { customers: customerStore, own: ownAccessStore };

/** Answers who the credential is and what it sees. */
export async function me({ caller, deps: { customers, own } }: Input<typeof contracts.me, typeof stores>) {
  const [chain, person] = await Promise.all([
    customers.load(caller.scopeId),
    caller.kind === "user" ? own.load() : null,
  ]);
  const [{ id, level, name }] = chain;
  return {
    kind: caller.kind === "user" || caller.kind === "account" ? caller.kind : ("apiKey" as const),
    id: caller.id,
    role: caller.role,
    scope: { id, level, name },
    account: caller.account ?? null,
    user: person && presentUser(person.user, caller, own.now()),
    branding: effectiveSettings(chain).branding.value,
  };
}

export const handler = operation(contracts.me, me, stores);
