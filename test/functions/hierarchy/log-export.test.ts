import { beforeAll, describe, expect, test } from "vitest";
import type { Reply } from "../../support/api.ts";
import { allPages, type Book, expectRefusal, openBook } from "../stages/book.ts";

let book: Book;
let reseller: string;
let customer: string;
beforeAll(async () => {
  book = await openBook();
  reseller = (await book.create(book.provider.id, { level: "reseller" })).id;
  customer = (await book.create(reseller)).id;
  for (const city of ["Bern", "Basel", "Chur"]) await book.patch(customer, { city });
});

const linesOf = ({ body }: Reply): object[] =>
  String(body ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as object);
const exported = (query: Record<string, string> = {}, token = book.token, id = reseller) =>
  book.call("exportLog", { params: { id }, query }, { token });
/** Follows the links of an export to its end. */
async function whole(query: Record<string, string> = {}, token = book.token, id = reseller): Promise<object[]> {
  const lines: object[] = [];
  let next: Record<string, string> | null = query;
  while (next !== null) {
    const reply: Reply = await exported(next, token, id);
    expect([reply.status, reply.headers["content-type"]]).toEqual([200, "application/x-ndjson; charset=utf-8"]);
    lines.push(...linesOf(reply));
    const [, path, rest] = /^<([^?]*)\?([^>]*)>; rel="next"$/.exec(reply.headers["link"] ?? "") ?? [];
    if (path !== undefined) expect(path).toBe(`/v1/customers/${id}/log/export`);
    next = rest === undefined ? null : Object.fromEntries(new URLSearchParams(rest));
  }
  return lines;
}
const listed = async (query: Record<string, string> = {}, token = book.token, id = reseller) =>
  (await allPages(book, "listLog", { params: { id }, query }, { token })).items;

describe("an export", () => {
  test("holds what the list shows, an entry on each line, whatever its length", async () => {
    const all = await listed();
    expect(all.length).toBeGreaterThan(4);
    for (const limit of ["1", "2", "1000"]) expect(await whole({ limit })).toEqual(all);
    expect(await whole()).toEqual(all);
    expect((await exported()).headers["link"]).toBeUndefined();
  });

  test("takes the filters of the list, and keeps them in its links", async () => {
    const filter = { operation: "updateCustomer", nodeId: customer };
    const found = await whole({ ...filter, limit: "1" });
    expect(found).toHaveLength(3);
    expect(found).toEqual(await listed(filter));
    expect(await whole({ type: "CustomerPurged" })).toEqual([]);
  });

  test("tells each reader what the list tells it", async () => {
    const { token } = await book.key(customer, "viewer");
    const lines = await whole({ only: "node" }, token, customer);
    expect(lines).toEqual(await listed({ only: "node" }, token, customer));
    for (const line of lines) expect(line).toMatchObject({ actor: { id: null }, sourceIp: null });
  });

  test("of another branch is not found, and one with a cursor of something else is refused", async () => {
    const { token } = await book.key(customer);
    expectRefusal(await exported({}, token), 404, "not_found");
    const { nextCursor } = await book.ok("listLog", { params: { id: reseller }, query: { limit: "1" } });
    expectRefusal(await exported({ cursor: nextCursor }), 400, "invalid_cursor");
    for (const limit of ["0", "1001", "x"]) expectRefusal(await exported({ limit }), 400, "invalid_request", "limit");
  });
});
