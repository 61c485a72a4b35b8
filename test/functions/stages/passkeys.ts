import { type Authenticator, softwareAuthenticator, type Untruth } from "../../support/authenticator.ts";
import type { CallOptions, Reply } from "../../support/api.ts";
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
    /** A challenge for whoever logs in. */
    loginOptions: (): Promise<Reply["body"]> => people.ok("startPasskeyLogin", { body: {} }, { token: null }),
    login: (response: unknown, more: object = {}, options: CallOptions = {}): Promise<Reply> =>
      people.call("loginWithPasskey", { body: { response, ...more } }, { token: null, ...options }),
    /** Asks for a challenge, and answers it. */
    loginBy: async (
      authenticator: Authenticator,
      untruth: Untruth = {},
      more: object = {},
      options: CallOptions = {},
    ): Promise<Reply> => passkeys.login(authenticator.get(await passkeys.loginOptions(), untruth), more, options),
  };
  return passkeys;
};
