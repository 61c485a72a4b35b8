import { iso31661 } from "iso-3166";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { LocationCode } from "../../../shared/domain/terms/locations.ts";
import { type Book, expectRefusal, openBook } from "../stages/book.ts";

let book: Book;
let line: Awaited<ReturnType<Book["line"]>>;
beforeAll(async () => {
  book = await openBook();
  line = await book.line();
});
const close = (...closedLocations: string[]) =>
  book.ok("updateSettings", { params: { id: book.provider.id }, body: { storage: { closedLocations } } });
afterEach(() => close());

describe("the list of storage locations", () => {
  const list = (country?: string, options = {}) =>
    book.ok("listStorageLocations", { query: country === undefined ? {} : { country } }, options);

  test("has all of them, and says which take new customers, also to a viewer at the bottom", async () => {
    await close("BE", "NL");
    const { token } = await book.key(line.site.id, "viewer");
    for (const options of [{}, { token }]) {
      const { items, choice } = await list(undefined, options);
      expect(choice).toBeNull();
      expect(items.map(({ code }: { code: string }) => code).toSorted()).toEqual(LocationCode.options.toSorted());
      const closed = items.filter(({ state }: { state: string }) => state === "closed");
      expect(closed.map(({ code }: { code: string }) => code)).toEqual(["BE", "NL"]);
      expect(closed[0]).toEqual({
        code: "BE",
        name: "Belgium",
        region: "eu-west-3",
        residency: "nearest",
        regionCountry: "FR",
        state: "closed",
      });
    }
  });

  test("of a country that hosts storage is that location alone; of any other it is a choice", async () => {
    const hosts = new Set<string>(LocationCode.options);
    // A country in ten, and those that host storage: each is a request.
    const countries = iso31661.filter(({ state }) => state === "assigned").map(({ alpha2 }) => alpha2);
    for (const country of countries.filter((code, index) => hosts.has(code) || index % 10 === 0)) {
      const { items, choice } = await list(country);
      const decided = hosts.has(country) ? country : null;
      expect(choice).toEqual({ country, mayChoose: decided === null, storageLocation: decided });
      expect(items.map(({ code }: { code: string }) => code).toSorted()).toEqual(
        decided === null ? [...hosts].toSorted() : [decided],
      );
    }
  });

  test.each(["UK", "xx", "", "DEU"])("of the country %j is refused", async (country) => {
    expectRefusal(await book.call("listStorageLocations", { query: { country } }), 400, "invalid_request", "country");
  });
});

describe("a closed location", () => {
  const asked = { country: "AT", storageLocation: "BE" };

  test("takes no new customer or site, whether it was chosen or follows from the country", async () => {
    await close("BE");
    for (const parent of [line.reseller.id, line["end-customer"].id])
      for (const body of [asked, { country: "BE" }]) {
        const reply = await book.tryCreate(parent, body);
        expectRefusal(reply, 409, "location_closed", "storageLocation");
        expect(reply.body.detail).toContain("BE takes no new customers");
        expect(reply.body.detail).toContain("AU, BR, CA");
      }
    const body = book.input({ parentId: line.reseller.id, ...asked });
    const undecided = await book.tryCreate(line.reseller.id, { country: "AT" });
    expectRefusal(undecided, 422, "location_required", "storageLocation");
    expect(undecided.body.detail).toContain("AU, BR, CA");
    const dry = await book.call("createCustomer", { body, query: { dryRun: "true" } });
    expectRefusal(dry, 409, "location_closed", "storageLocation");
    expect((await book.create(line.reseller.id, { country: "AT", storageLocation: "DE" })).storageLocation).toBe("DE");
    await close();
    expect((await book.create(line.reseller.id, asked)).storageLocation).toBe("BE");
  });

  test("takes those who sell and those with storage of their own, but no reseller whose Default Customer would store there", async () => {
    await close("BE");
    const distributor = { level: "distributor", country: "BE" };
    expect((await book.create(book.provider.id, distributor)).storageLocation).toBe("BE");
    const reseller = await book.tryCreate(book.provider.id, { level: "reseller", country: "BE" });
    expectRefusal(reseller, 409, "location_closed", "storageLocation");
    const own = { country: "BE", serviceType: "software-only" };
    const seller = await book.create(book.provider.id, {
      level: "reseller",
      country: "BE",
      serviceType: "software-only",
      servicesToProvide: ["software-only"],
    });
    const customer = await book.create(seller.id, own);
    expect(customer.storageLocation).toBe("BE");
    // It cannot begin to store there either.
    await book.ok("updateCustomer", {
      params: { id: seller.id },
      body: { servicesToProvide: ["software-only", "all-inclusive"] },
    });
    const site = await book.create(customer.id, { country: "BE" });
    const asStored = () => book.patch(customer.id, { serviceType: "all-inclusive" });
    expectRefusal(await asStored(), 409, "location_closed", "serviceType");
    await close();
    expect((await asStored()).body.serviceType).toBe("all-inclusive");
    await close("BE");
    expect((await book.patch(customer.id, { notes: "Goes on." })).status).toBe(200);
    // A site that came with its end-customer's old type has the new one, and saying so changes nothing.
    expect((await book.patch(site.id, { serviceType: "all-inclusive" })).body.serviceType).toBe("all-inclusive");
  });

  test("keeps the customers that it has, which can be changed, and nobody is moved into it", async () => {
    const there = await book.create(line.reseller.id, asked);
    const elsewhere = await book.create(line.reseller.id, { country: "DE" });
    await close("BE");
    expect((await book.patch(there.id, { name: book.freshName() })).status).toBe(200);
    const { token } = await book.key(book.provider.id, "support");
    const move = (id: string, storageLocation: string) =>
      book.call(
        "changeStorageLocation",
        { params: { id }, body: { storageLocation, reason: "Asked for." } },
        { token },
      );
    expectRefusal(await move(elsewhere.id, "BE"), 409, "location_closed", "storageLocation");
    expect((await book.get(elsewhere.id)).storageLocation).toBe("DE");
    expect((await move(there.id, "BE")).status).toBe(200);
    expect((await move(there.id, "CH")).body.storageLocation).toBe("CH");
  });
});
