import { type PublicInput, publicChange } from "../../shared/http/public-operation.ts";
import { people as contracts } from "./contract.ts";
import { choosePassword } from "./mailed-codes.ts";

/** Sets a user's first password by the code from his invitation. Refuses a code that does not count any more, and weak passwords. */
export async function acceptInvitation(input: PublicInput<typeof contracts.acceptInvitation>) {
  const { code, password } = input.body;
  const { user, writes } = await choosePassword(input, "invitation", code, password, "password");
  return { result: { username: user.username }, writes };
}

export const handler = publicChange(contracts.acceptInvitation, acceptInvitation);
