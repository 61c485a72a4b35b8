import { type PublicInput, publicChange } from "../../shared/http/public-operation.ts";
import { beginSession } from "./begin-session.ts";
import { people as contracts } from "./contract.ts";
import { provePassword } from "./password-proof.ts";

/** Logs a user in, by password and second factor. */
export async function login(input: PublicInput<typeof contracts.login>) {
  return beginSession(input, await provePassword(input));
}

export const handler = publicChange(contracts.login, login);
