import { type PublicInput, publicChange } from "../../shared/http/public-operation.ts";
import { beginAccountSession } from "./begin-account-session.ts";
import { beginSession } from "./begin-session.ts";
import { people as contracts } from "./contract.ts";
import { provePassword } from "./password-proof.ts";

/** Logs a user in, by password and second factor; or an account into the portal, by its password. */
export async function login(input: PublicInput<typeof contracts.login>) {
  const proof = await provePassword(input);
  return "user" in proof ? beginSession(input, proof) : beginAccountSession(input, proof);
}

export const handler = publicChange(contracts.login, login);
