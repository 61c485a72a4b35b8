import { clearCookie } from "../../shared/http/cookie.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { ownAccessStore } from "../../shared/store/people/own-access.ts";
import { people as contracts } from "./contract.ts";

const stores = { own: ownAccessStore };

/** Ends the session of the request, and takes its cookie away. */
export async function logout({ deps: { own } }: Input<typeof contracts.logout, typeof stores>) {
  return {
    result: { loggedOut: true },
    writes: [own.end((await own.current()).id), own.noteEnd("logged_out")],
    cookies: [clearCookie],
  };
}

export const handler = operation(contracts.logout, logout, stores);
