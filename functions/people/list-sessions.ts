import { type Input, operation } from "../../shared/http/operation.ts";
import { ownAccountStore } from "../../shared/store/people/own-account.ts";
import { ownAccessStore } from "../../shared/store/people/own-access.ts";
import { presentSession } from "../users/presentation.ts";
import { people as contracts } from "./contract.ts";

const stores = { own: ownAccessStore, ownAccount: ownAccountStore };

/** Lists where the caller is logged in. */
export async function listSessions({
  caller,
  deps: { own, ownAccount },
}: Input<typeof contracts.listSessions, typeof stores>) {
  const sessions = await (caller.account ? ownAccount : own).list();
  return { items: sessions.map((session) => presentSession(session, caller.session?.id)) };
}

export const handler = operation(contracts.listSessions, listSessions, stores);
