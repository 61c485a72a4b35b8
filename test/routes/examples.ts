import type { OperationId } from "../../functions/routes.ts";
import type { Request, TestApi } from "../support/api.ts";

/** What the requests of the examples work on: the branch of one reseller, and a branch beside it. */
export interface World {
  api: TestApi;
  resellerId: string;
  endCustomerId: string;
  /** A customer and a key of another reseller. */
  foreign: { customerId: string; keyId: string };
  /** A name that no customer has. */
  freshName: () => string;
}

/** A request that succeeds for an admin of the reseller; what it uses up is made anew each time. */
export type Example = (world: World) => Request | Promise<Request>;

const email = "office@example.com";
/** An end-customer of its own for each request. */
const fresh = async ({ api, resellerId, freshName }: World): Promise<{ id: string; name: string; ref: string }> => {
  const ref = freshName();
  const body = { parentId: resellerId, name: freshName(), email, country: "DE", externalRef: ref };
  const { id, name } = await api.ok("createCustomer", { body });
  return { id, name, ref };
};
const freshKey = async ({ api, endCustomerId, freshName }: World): Promise<string> => {
  const body = { customerId: endCustomerId, role: "viewer", name: freshName() };
  return (await api.ok("createApiKey", { body })).id;
};

/** One example for each operation. An operation without one does not compile. */
export const examples = {
  health: () => ({}),
  openapi: () => ({}),
  me: () => ({}),
  listStorageLocations: () => ({}),
  createCustomer: ({ resellerId, freshName }) => ({
    body: { parentId: resellerId, name: freshName(), email, country: "CH", inTrial: true },
  }),
  upsertCustomer: async (world) => {
    const { ref } = await fresh(world);
    return {
      body: {
        parentId: world.resellerId,
        name: world.freshName(),
        email,
        country: "DE",
        externalRef: ref,
        space: { limitBytes: 1_000 },
      },
    };
  },
  listCustomers: ({ resellerId }) => ({ query: { parentId: resellerId } }),
  getCustomer: ({ endCustomerId }) => ({ params: { id: endCustomerId } }),
  updateCustomer: async (world) => ({
    params: { id: (await fresh(world)).id },
    body: { name: world.freshName(), city: "Bern", space: { limitBytes: 5_000_000 } },
  }),
  deleteCustomer: async (world) => {
    const { id, name } = await fresh(world);
    return { params: { id }, query: { confirm: name } };
  },
  activateCustomer: async (world) => {
    const { id } = await fresh(world);
    await world.api.ok("deactivateCustomer", { params: { id } });
    return { params: { id } };
  },
  deactivateCustomer: async (world) => ({ params: { id: (await fresh(world)).id } }),
  getTree: ({ resellerId }) => ({ params: { id: resellerId }, query: { depth: "2" } }),
  getSettings: ({ resellerId }) => ({ params: { id: resellerId } }),
  updateSettings: async (world) => ({
    params: { id: (await fresh(world)).id },
    body: { throttle: { mode: "own", enabled: true, bytesPerSecond: 1_000_000 } },
  }),
  getEffectiveSettings: ({ endCustomerId }) => ({ params: { id: endCustomerId } }),
  listLog: ({ resellerId }) => ({ params: { id: resellerId } }),
  createApiKey: ({ endCustomerId, freshName }) => ({
    body: { customerId: endCustomerId, role: "operator", name: freshName(), expiresAt: "2999-01-01T00:00:00.000Z" },
  }),
  listApiKeys: ({ resellerId }) => ({ query: { customerId: resellerId } }),
  getApiKey: async (world) => ({ params: { id: await freshKey(world) } }),
  revokeApiKey: async (world) => ({ params: { id: await freshKey(world) } }),
} satisfies Record<OperationId, Example>;
