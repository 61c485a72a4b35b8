import { type Input, operation } from "../../shared/http/operation.ts";
import { ownAccessStore } from "../../shared/store/people/own-access.ts";
import { presentSession } from "../users/presentation.ts";
import { people as contracts } from "./contract.ts";

const stores = { own: ownAccessStore };

/** Ends one of the caller's sessions. Sessions of others are not found. */
export async function endSession({
  params,
  caller,
  ifMatch,
  deps: { own },
}: Input<typeof contracts.endSession, typeof stores>) {
  const session = presentSession(await own.find(params.id), caller.session?.id);
  ifMatch(session.version);
  return { result: session, writes: [own.end(session.id), own.noteEnd("ended")] };
}

export const handler = operation(contracts.endSession, endSession, stores);
