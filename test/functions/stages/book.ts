import { expect } from "vitest";
import type { Level } from "../../../shared/domain/terms/levels.ts";
import type { Role } from "../../../shared/domain/access/roles.ts";
import { type CallOptions, type Reply, startTestApi, type TestApi, type TestApiSettings } from "../../support/api.ts";

export const gigabyte = 1_000_000_000;
export const dayMs = 86_400_000;
export const maxSafe = Number.MAX_SAFE_INTEGER;

type Body = Reply["body"];

/** An API with short words for building a book of business in it. */
export interface Book extends TestApi {
  /** A name that nobody has. */
  freshName: (what?: string) => string;
  /** The body of a create that works under any parent whose level is fixed. */
  input: (more?: object) => Body;
  create: (parentId: string, more?: object, options?: CallOptions) => Promise<Body>;
  /** A create that may be refused. */
  tryCreate: (parentId: string, more?: object, options?: CallOptions) => Promise<Reply>;
  get: (id: string, options?: CallOptions) => Promise<Body>;
  patch: (id: string, body: object, options?: CallOptions) => Promise<Reply>;
  remove: (customer: { id: string; name: string }, options?: CallOptions) => Promise<Reply>;
  key: (customerId: string, role?: Role, more?: object) => Promise<Body>;
  token: string;
  /** One customer of every level, each under the one before. */
  line: () => Promise<Record<Exclude<Level, "provider">, Body>>;
}

export async function openBook(settings?: TestApiSettings): Promise<Book> {
  const api = await startTestApi(settings);
  let names = 0;
  const freshName = (what = "Customer"): string => `${what} ${(names += 1)}`;
  const input = (more: object = {}): Body => ({
    name: freshName(),
    email: "office@example.com",
    country: "DE",
    ...more,
  });
  const tryCreate: Book["tryCreate"] = (parentId, more, options) =>
    api.call("createCustomer", { body: input({ parentId, ...more }) }, options);
  const create: Book["create"] = (parentId, more, options) =>
    api.ok("createCustomer", { body: input({ parentId, ...more }) }, options);
  return Object.assign(api, {
    freshName,
    input,
    create,
    tryCreate,
    get: (id: string, options?: CallOptions) => api.ok("getCustomer", { params: { id } }, options),
    patch: (id: string, body: object, options?: CallOptions) =>
      api.call("updateCustomer", { params: { id }, body }, options),
    remove: ({ id, name }: { id: string; name: string }, options?: CallOptions) =>
      api.call("deleteCustomer", { params: { id }, query: { confirm: name } }, options),
    key: (customerId: string, role: Role = "admin", more: object = {}) =>
      api.ok("createApiKey", { body: { customerId, role, name: freshName("Key"), ...more } }),
    line: async () => {
      const distributor = await create(api.provider.id, { level: "distributor" });
      const subDistributor = await create(distributor.id, { level: "sub-distributor" });
      const reseller = await create(subDistributor.id);
      const endCustomer = await create(reseller.id);
      const site = await create(endCustomer.id);
      return { distributor, "sub-distributor": subDistributor, reseller, "end-customer": endCustomer, site };
    },
  });
}

/** Fails unless an answer is this refusal, at this place of the request. */
export function expectRefusal(reply: Reply, status: number, code: string, path?: string): void {
  expect([reply.status, reply.body.code]).toEqual([status, code]);
  if (path !== undefined) expect(reply.body.errors.map((error: { path: string }) => error.path)).toEqual([path]);
}

/** All items of a list, page by page. */
export async function allPages(
  api: TestApi,
  operationId: Parameters<TestApi["call"]>[0],
  input: { params?: Record<string, string>; query?: Record<string, string> },
  options?: CallOptions,
): Promise<{ items: Body[]; pages: Reply[] }> {
  const items: Body[] = [];
  const pages: Reply[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const query: Record<string, string> = { ...input.query, ...(cursor !== "" && { cursor }) };
    const reply = await api.call(operationId, { ...input, query }, options);
    expect([reply.status, reply.body.code]).toEqual([200, undefined]);
    items.push(...reply.body.items);
    pages.push(reply);
    cursor = reply.body.nextCursor;
    expect(pages.length).toBeLessThan(5_000);
  }
  return { items, pages };
}
