import type { Request, TestApi } from "../support/api.ts";
import { type Authenticator, softwareAuthenticator } from "../support/authenticator.ts";
import type { World } from "./examples.ts";

/** Somebody who has logged in. */
interface Someone {
  api: Pick<TestApi, "ok">;
  person: Pick<World["person"], "token">;
}

const origin = "https://api.tenantry.example";
const name = "Yellow key";

/** The answer of a new authenticator to whoever tries things for himself. */
async function registered({
  api,
  person: { token },
}: Someone): Promise<{ authenticator: Authenticator; body: object }> {
  const authenticator = softwareAuthenticator(origin);
  const options = await api.ok("startPasskeyRegistration", {}, { token });
  return { authenticator, body: { name, response: authenticator.create(options) } };
}

/** A passkey of whoever tries things for himself. */
export async function freshPasskey(world: Someone): Promise<{ authenticator: Authenticator; id: string }> {
  const { authenticator, body } = await registered(world);
  const { id } = await world.api.ok("createPasskey", { body }, { token: world.person.token });
  return { authenticator, id };
}

/** Requests about passkeys, of somebody who has just logged in. */
export const passkeyExamples = {
  startPasskeyRegistration: (): Request => ({}),
  createPasskey: async (world: World): Promise<Request> => ({ body: (await registered(world)).body }),
  async listPasskeys(world: World): Promise<Request> {
    await freshPasskey(world);
    return {};
  },
  updatePasskey: async (world: World): Promise<Request> => ({
    params: { id: (await freshPasskey(world)).id },
    body: { name: "Blue key" },
  }),
  deletePasskey: async (world: World): Promise<Request> => ({ params: { id: (await freshPasskey(world)).id } }),
  async startPasskeyProof(world: World): Promise<Request> {
    await freshPasskey(world);
    return {};
  },
  async proveWithPasskey(world: World): Promise<Request> {
    const { authenticator } = await freshPasskey(world);
    const options = await world.api.ok("startPasskeyProof", {}, { token: world.person.token });
    return { body: { response: authenticator.get(options) } };
  },
  startPasskeyLogin: (): Request => ({ body: {} }),
  async loginWithPasskey(world: World): Promise<Request> {
    const { authenticator } = await freshPasskey(world);
    const options = await world.api.ok("startPasskeyLogin", { body: {} }, { token: null });
    return { body: { response: authenticator.get(options) } };
  },
};
