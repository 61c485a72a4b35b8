import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { OperationId } from "../../../functions/routes.ts";
import type { Request } from "../../support/api.ts";
import { type Book, openBook } from "../stages/book.ts";

let book: Book;
let parentId: string;
let id: string;
beforeAll(async () => {
  book = await openBook();
  parentId = (await book.create(book.provider.id, { level: "reseller" })).id;
  id = (await book.create(parentId)).id;
});

const nasty = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 20 }),
  fc.constantFrom(
    "__proto__",
    "\ud800",
    "\u0000",
    "#",
    "@",
    "cus_",
    "\u202e",
    "a".repeat(5_000),
    "https://a.b/\ud800",
    "\ufeff",
  ),
);
const value = fc.oneof(
  nasty,
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(nasty, { maxLength: 3 }),
  fc.dictionary(nasty, nasty, { maxKeys: 3 }),
);
const url = nasty.map((tail) => `https://example.com/${tail}`);

/** Whatever comes is answered, and never by a fault of ours. */
const answers = async (operationId: OperationId, request: Request, headers: Record<string, string> = {}) => {
  const { status, body } = await book.call(operationId, request, { headers });
  expect([status < 500, operationId, status, body.code]).toEqual([true, operationId, status, body.code]);
};

test("no field of a new customer brings the service down", async () => {
  const fields = [
    "name",
    "email",
    "country",
    "storageLocation",
    "contactName",
    "address",
    "notes",
    "externalRef",
    "tags",
    "timezone",
    "locale",
    "branding",
    "space",
    "licences",
    "deviceLimit",
    "level",
    "servicesToProvide",
    "__proto__",
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...fields), value, async (field, hostile) => {
      const body = JSON.parse(
        JSON.stringify(book.input({ parentId })).replace(/}$/, `,${JSON.stringify(field)}:${JSON.stringify(hostile)}}`),
      );
      await answers("createCustomer", { body });
    }),
    { numRuns: 120 },
  );
}, 60_000);

test("no text that a field accepts gets lost or changed on its way", async () => {
  await fc.assert(
    fc.asyncProperty(nasty, nasty, url, async (notes, contactName, logoUrl) => {
      const sent = { notes, contactName, branding: { logoUrl } };
      const { status, body } = await book.patch(id, sent);
      expect([200, 400]).toContain(status);
      if (status === 200)
        expect(await book.get(id)).toMatchObject({ ...sent, contactName: contactName.trim(), branding: body.branding });
    }),
    { numRuns: 60 },
  );
}, 60_000);

test("no query and no header brings the service down", async () => {
  const names = ["name", "cursor", "limit", "externalRef", "level", "sort", "parentId"];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), nasty, nasty, async (name, text, header) => {
      await answers("listCustomers", { query: { parentId, [name]: text } }, { "if-match": header });
      await answers("updateCustomer", { params: { id }, body: {} }, { "if-match": header, "idempotency-key": text });
      await answers("deleteCustomer", { params: { id: text.toWellFormed() }, query: { confirm: header } });
      await answers("me", {}, { authorization: `Bearer ${text}` });
    }),
    { numRuns: 40 },
  );
}, 60_000);

test("a field of the name __proto__ is refused like any other that is unknown", async () => {
  const raw = `{"__proto__":{"name":"x"},${JSON.stringify(book.input({ parentId })).slice(1)}`;
  const { status, body } = await book.call("createCustomer", {}, { raw });
  expect([status, body.errors]).toMatchObject([400, [{ path: "__proto__", code: "unknown_field" }]]);
});
