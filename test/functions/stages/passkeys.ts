import { type Authenticator, softwareAuthenticator } from "../../support/authenticator.ts";
import type { Reply } from "../../support/api.ts";
import type { LoggedIn, People } from "./people.ts";

/** Where the pages of the installation under test come from. */
export const ownOrigin = "https://api.tenantry.example";

type Kind = Parameters<typeof softwareAuthenticator>[1];

/** What people do with passkeys, on a stage with people. */
export const withPasskeys = (people: People) => {
  const passkeys = {
    /** Adds a passkey of a new authenticator. */
    async add(person: LoggedIn, kind: Kind = {}): Promise<{ authenticator: Authenticator; passkey: Reply["body"] }> {
      const authenticator = softwareAuthenticator(ownOrigin, kind);
      const options = await people.ok("startPasskeyRegistration", {}, person);
      const body = { name: "Key", response: authenticator.create(options) };
      return { authenticator, passkey: await people.ok("createPasskey", { body }, person) };
    },
    /** A challenge for somebody who proves who he is. */
    proofOptions: (person: LoggedIn): Promise<Reply["body"]> => people.ok("startPasskeyProof", {}, person),
    prove: (person: LoggedIn, response: unknown): Promise<Reply> =>
      people.call("proveWithPasskey", { body: { response } }, person),
  };
  return passkeys;
};
