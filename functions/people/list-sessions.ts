import { type Input, operation } from "../../shared/http/operation.ts";
import { ownAccessStore } from "../../shared/store/people/own-access.ts";
import { presentSession } from "../users/presentation.ts";
import { people as contracts } from "./contract.ts";

const stores = { own: ownAccessStore };

/** Lists where the caller is logged in. */
export async function listSessions({ caller, deps: { own } }: Input<typeof contracts.listSessions, typeof stores>) {
  return { items: (await own.list()).map((session) => presentSession(session, caller.session?.id)) };
}

export const handler = operation(contracts.listSessions, listSessions, stores);
