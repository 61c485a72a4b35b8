import { GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import { allowedUnder, CreatableLevel, levels } from "../../../shared/domain/terms/levels.ts";
import { type Book, dayMs, expectRefusal, gigabyte, maxSafe, openBook } from "../stages/book.ts";

let book: Book;
let line: Awaited<ReturnType<Book["line"]>> & { provider: Book["provider"] };
beforeAll(async () => {
  book = await openBook();
  line = { provider: book.provider, ...(await book.line()) };
});
const item = async (pk: string, sk = "@") =>
  (await book.table.documents.send(new GetCommand({ TableName: book.table.tableName, Key: { pk, sk } }))).Item;

describe("the level (H1)", () => {
  test.each(levels)("under a %s is what may stand there, and nothing else", async (parentLevel) => {
    const allowed = allowedUnder(parentLevel);
    const parentId = line[parentLevel].id;
    for (const level of CreatableLevel.options) {
      const reply = await book.tryCreate(parentId, { level });
      const where = [parentLevel, level, reply.status, reply.body.code];
      if (allowed.includes(level)) {
        expect(where).toEqual([parentLevel, level, 201, undefined]);
        expect(reply.body).toMatchObject({ level, parentId });
      } else
        expect(where).toEqual([parentLevel, level, 422, allowed.length === 1 ? "level_fixed" : "level_not_allowed"]);
    }
  });

  test("is needed where the parent leaves a choice, and set where it leaves none", async () => {
    expectRefusal(await book.tryCreate(line.provider.id), 422, "level_required", "level");
    expectRefusal(await book.tryCreate(line.distributor.id), 422, "level_required", "level");
    expect((await book.create(line["sub-distributor"].id)).level).toBe("reseller");
    expect((await book.create(line.reseller.id)).level).toBe("end-customer");
    expect((await book.create(line["end-customer"].id)).level).toBe("site");
  });

  test("leaves nothing under a site, whatever is asked for", async () => {
    expectRefusal(await book.tryCreate(line.site.id), 422, "level_not_allowed", "parentId");
  });

  test("cannot be provider", async () => {
    expectRefusal(await book.tryCreate(line.provider.id, { level: "provider" }), 400, "invalid_request", "level");
  });
});

test("a new customer shows its path, its defaults and its version", async () => {
  const customer = await book.create(line["end-customer"].id, { name: "Site of Bern", country: "CH" });
  expect(customer).toMatchObject({
    version: 1,
    level: "site",
    name: "Site of Bern",
    isDefault: false,
    contactName: null,
    tags: [],
    storageLocation: "CH",
    vault: {
      status: "provisioning",
      region: "eu-central-2",
      bucket: "tenantry-test-vault-ch-111122223333",
      prefix: `${customer.id}/`,
      readyAt: null,
      reason: null,
    },
    active: true,
    effectivelyActive: true,
    trial: null,
    deletedAt: null,
    purgeAt: null,
    space: { limitBytes: null, softLimitBytes: null, allottedToChildrenBytes: 0, freeBytes: null, usedBytes: 0 },
    licences: { limit: null, allottedToChildren: 0, used: 0, usedToDate: 0, available: null },
    deviceLimit: null,
    deviceCount: 0,
    autoAuthorize: false,
    emailReports: false,
  });
  expect(customer.path.map(({ level }: { level: string }) => level)).toEqual(levels);
  expect(customer.path.at(-1)).toEqual({ id: customer.id, level: "site", name: "Site of Bern" });
  expect(await book.get(customer.id)).toEqual(customer);
});

test("every optional field is kept as it was given (H8)", async () => {
  const given = {
    contactName: "Ada Müller",
    address: "Bahnhofstrasse 1",
    city: "Zürich",
    postcode: "8001",
    phone: "+41 44 000 00 00",
    fax: "+41 44 000 00 01",
    notes: "first line\nsecond line\ttabbed",
    externalRef: "CRM-0815",
    tags: ["gold", "swiss"],
    active: false,
    autoAuthorize: true,
    emailReports: true,
    timezone: "Europe/Zurich",
    locale: "de-CH",
    branding: { color: "#1a2b3c", logoUrl: "https://example.com/logo.png" },
    deviceLimit: 12,
  };
  const customer = await book.create(line.reseller.id, given);
  expect(customer).toMatchObject(given);
  expect(await book.get(customer.id)).toEqual(customer);
});

test("name and e-mail are required, and every field has its form", async () => {
  const refusedAt = async (more: object, ...paths: string[]) => {
    const reply = await book.tryCreate(line.reseller.id, more);
    expectRefusal(reply, 400, "invalid_request");
    expect([...new Set(reply.body.errors.map(({ path }: { path: string }) => path))]).toEqual(paths);
  };
  await refusedAt({ name: undefined, email: undefined, country: undefined }, "name", "email", "country");
  await refusedAt({ name: "  " }, "name");
  await refusedAt({ name: "\u200b\u00ad" }, "name");
  await refusedAt({ name: "a\u0000b" }, "name");
  await refusedAt({ name: "broken \ud800" }, "name");
  await refusedAt({ name: "x".repeat(201) }, "name");
  await refusedAt({ name: "\ufdfa".repeat(100) }, "name");
  await refusedAt({ email: "nobody" }, "email");
  await refusedAt({ country: "XX" }, "country");
  await refusedAt({ country: "de" }, "country");
  await refusedAt({ tags: ["one", "one"] }, "tags");
  await refusedAt({ timezone: "Mars/Olympus" }, "timezone");
  await refusedAt({ locale: "german" }, "locale");
  await refusedAt({ branding: { logoUrl: "http://example.com/" } }, "branding.logoUrl");
  await refusedAt({ contactName: "" }, "contactName");
  await refusedAt({ externalRef: 7 }, "externalRef");
});

describe("the name (H4)", () => {
  test("taken under another reseller is refused, also in other case, width and spaces", async () => {
    const other = await book.create(line.distributor.id, { level: "reseller" });
    await book.create(other.id, { name: "Straße  Nord ＡＢ" });
    for (const name of [
      "Straße Nord AB",
      "  STRASSE\u00a0nord ab ",
      "ｓｔｒａｓｓｅ Ｎｏｒｄ ＡＢ",
      "stra\u00dfe nord\u200b ab",
    ])
      expectRefusal(await book.tryCreate(line.reseller.id, { name }), 409, "name_taken", "name");
    expect((await book.tryCreate(line.reseller.id, { name: "Strase Nord AB" })).status).toBe(201);
  });

  test("is kept as given but trimmed", async () => {
    expect((await book.create(line.reseller.id, { name: "  Müller  & Söhne " })).name).toBe("Müller  & Söhne");
  });

  test("given twice at once, in different spellings, goes to exactly one", async () => {
    for (let round = 0; round < 5; round += 1) {
      const spellings = [`Twins ${round}`, `TWINS  ${round}`, ` ｔｗｉｎｓ ${round}`, `tWiNs\u00a0${round}`];
      const replies = await Promise.all(spellings.map((name) => book.tryCreate(line.reseller.id, { name })));
      expect(replies.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
      for (const reply of replies) if (reply.status !== 201) expectRefusal(reply, 409, "name_taken", "name");
    }
  });
});

describe("the Default Customer (H3)", () => {
  test("comes with its reseller in one transaction, and is named after it", async () => {
    const transactions: number[] = [];
    book.runtime.client.middlewareStack.add(
      (next, context) => (args) => {
        if (context["commandName"] === "TransactWriteItemsCommand") transactions.push(1);
        return next(args);
      },
      { step: "initialize", name: "countTransactions" },
    );
    const reseller = await book.create(line.distributor.id, {
      level: "reseller",
      name: "Alpine IT",
      country: "LI",
      storageLocation: "CH",
    });
    book.runtime.client.middlewareStack.remove("countTransactions");
    expect(transactions).toHaveLength(1);
    const { items } = await book.ok("listCustomers", { query: { parentId: reseller.id } });
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      name: "Default Customer (Alpine IT)",
      level: "end-customer",
      isDefault: true,
      parentId: reseller.id,
      country: "LI",
      storageLocation: "CH",
      email: reseller.email,
    });
  });

  test("cannot be made where its name is taken: then there is no reseller either", async () => {
    await book.create(line.reseller.id, { name: "default customer (Taken IT)" });
    const reply = await book.tryCreate(line.distributor.id, { level: "reseller", name: "Taken IT" });
    expectRefusal(reply, 409, "name_taken", "name");
    expect((await book.tryCreate(line.reseller.id, { name: "Taken IT" })).status).toBe(201);
  });

  test("comes with resellers only", async () => {
    const distributor = await book.create(line.provider.id, { level: "distributor" });
    const { items } = await book.ok("listCustomers", { query: { parentId: distributor.id } });
    expect(items).toEqual([]);
    expect(distributor.isDefault).toBe(false);
  });
});

describe("country and location (S2)", () => {
  test("a country that hosts storage decides the location", async () => {
    expect((await book.create(line.reseller.id, { country: "NO" })).storageLocation).toBe("NO");
    expect((await book.create(line.reseller.id, { country: "NO", storageLocation: "NO" })).storageLocation).toBe("NO");
    const reply = await book.tryCreate(line.reseller.id, { country: "NO", storageLocation: "SE" });
    expectRefusal(reply, 422, "location_fixed", "storageLocation");
  });

  test("elsewhere the caller must choose one of the seventeen", async () => {
    expectRefusal(
      await book.tryCreate(line.reseller.id, { country: "AT" }),
      422,
      "location_required",
      "storageLocation",
    );
    const chosen = await book.create(line.reseller.id, { country: "AT", storageLocation: "DE" });
    expect(chosen).toMatchObject({ country: "AT", storageLocation: "DE" });
    const wrong = await book.tryCreate(line.reseller.id, { country: "AT", storageLocation: "AT" });
    expectRefusal(wrong, 400, "invalid_request", "storageLocation");
  });
});

describe("service types (S1)", () => {
  test("unsaid, the set is the parent's, and the type all-inclusive where that is possible", async () => {
    const both = await book.create(line.distributor.id, { level: "reseller" });
    expect(both).toMatchObject({ serviceType: "all-inclusive", servicesToProvide: ["all-inclusive", "software-only"] });
    const narrow = await book.create(line.provider.id, { level: "distributor", servicesToProvide: ["software-only"] });
    const below = await book.create(narrow.id, { level: "reseller" });
    expect(below).toMatchObject({ serviceType: "software-only", servicesToProvide: ["software-only"] });
  });

  test("outside the parent's set are refused, as type and in the set", async () => {
    const narrow = await book.create(line.provider.id, { level: "reseller", servicesToProvide: ["software-only"] });
    const allInclusive = await book.tryCreate(narrow.id, { serviceType: "all-inclusive" });
    expectRefusal(allInclusive, 422, "service_type_not_allowed", "serviceType");
    expect((await book.create(narrow.id, { serviceType: "software-only" })).serviceType).toBe("software-only");
    const distributor = await book.create(line.provider.id, {
      level: "distributor",
      servicesToProvide: ["software-only"],
    });
    const wider = { level: "reseller", servicesToProvide: ["software-only", "all-inclusive"] };
    expectRefusal(await book.tryCreate(distributor.id, wider), 422, "service_type_not_allowed", "servicesToProvide");
  });

  test("belong to sellers: an end-customer provides none", async () => {
    const reply = await book.tryCreate(line.reseller.id, { servicesToProvide: ["all-inclusive"] });
    expectRefusal(reply, 422, "not_applicable", "servicesToProvide");
  });

  test("a site takes its end-customer's, now and after a change", async () => {
    const endCustomer = await book.create(line.reseller.id, { serviceType: "software-only" });
    const site = await book.create(endCustomer.id);
    expect(site).toMatchObject({ serviceType: "software-only", servicesToProvide: [] });
    const other = await book.tryCreate(endCustomer.id, { serviceType: "all-inclusive" });
    expectRefusal(other, 422, "service_type_not_allowed", "serviceType");
    expect((await book.patch(endCustomer.id, { serviceType: "all-inclusive" })).status).toBe(200);
    expect((await book.get(site.id)).serviceType).toBe("all-inclusive");
    const { items } = await book.ok("listCustomers", { query: { parentId: endCustomer.id } });
    expect(items.map(({ serviceType }: { serviceType: string }) => serviceType)).toEqual(["all-inclusive"]);
  });

  test("a set may be neither empty nor of unknown words", async () => {
    for (const servicesToProvide of [[], ["cloud"]])
      expectRefusal(
        await book.tryCreate(line.provider.id, { level: "reseller", servicesToProvide }),
        400,
        "invalid_request",
      );
  });
});

describe("the trial (L1)", () => {
  test("lasts 30 days from creation, counts down to 0, and has a timer that is due at its end", async () => {
    const customer = await book.create(line.reseller.id, { inTrial: true });
    const end = Date.parse(customer.createdAt) + 30 * dayMs;
    expect(customer.trial).toEqual({ endsAt: new Date(end).toISOString(), daysLeft: 30, extendedAt: null });
    const timer = await item(customer.id, "timer#trial-end");
    expect(timer).toMatchObject({ timer: "trial-end", at: customer.trial.endsAt });
    const { Items } = await book.table.documents.send(
      new QueryCommand({
        TableName: book.table.tableName,
        IndexName: "due",
        KeyConditionExpression: "duePk = :kind AND dueSk >= :end",
        ExpressionAttributeValues: { ":kind": timer?.["duePk"], ":end": customer.trial.endsAt },
      }),
    );
    expect(Items?.map(({ pk }) => pk)).toContain(customer.id);
    expect(timer?.["duePk"]).toMatch(/^trial-end#[0-7]$/);

    book.advance(29.5 * dayMs);
    expect((await book.get(customer.id)).trial.daysLeft).toBe(1);
    book.advance(dayMs);
    expect((await book.get(customer.id)).trial.daysLeft).toBe(0);
    book.advance(-30.5 * dayMs);
  });

  test("is for end-customers only; without it there is no timer", async () => {
    expectRefusal(await book.tryCreate(line["end-customer"].id, { inTrial: true }), 422, "not_applicable", "inTrial");
    expectRefusal(
      await book.tryCreate(line.distributor.id, { level: "reseller", inTrial: true }),
      422,
      "not_applicable",
      "inTrial",
    );
    const customer = await book.create(line.reseller.id, { inTrial: false });
    expect(customer.trial).toBeNull();
    expect(await item(customer.id)).toMatchObject({ id: customer.id });
    expect(await item(customer.id, "timer#trial-end")).toBeUndefined();
  });
});

test("limits are whole numbers from 0 to 2^53 - 1", async () => {
  for (const limit of [-1, 0.5, 2 ** 53, 1e300, "5", true]) {
    const space = await book.tryCreate(line.reseller.id, { space: { limitBytes: limit } });
    expectRefusal(space, 400, "invalid_request", "space.limitBytes");
    const soft = await book.tryCreate(line.reseller.id, { space: { softLimitBytes: limit } });
    expectRefusal(soft, 400, "invalid_request", "space.softLimitBytes");
    const licences = await book.tryCreate(line.reseller.id, { licences: { limit } });
    expectRefusal(licences, 400, "invalid_request", "licences.limit");
    expectRefusal(
      await book.tryCreate(line.reseller.id, { deviceLimit: limit }),
      400,
      "invalid_request",
      "deviceLimit",
    );
  }
  const raw = `{"parentId":"${line.reseller.id}","name":"Infinite","email":"a@example.com","country":"DE","space":{"limitBytes":1e999}}`;
  expectRefusal(await book.call("createCustomer", {}, { raw }), 400, "invalid_request", "space.limitBytes");
  const zero = await book.create(line.reseller.id, {
    space: { limitBytes: 0 },
    licences: { limit: 0 },
    deviceLimit: 0,
  });
  expect(zero).toMatchObject({ space: { limitBytes: 0, freeBytes: 0 }, licences: { limit: 0 }, deviceLimit: 0 });
});

test("the largest limit fits once under unrestricted levels, and not a byte more", async () => {
  const reseller = await book.create(line.provider.id, { level: "reseller", space: { limitBytes: null } });
  const first = await book.create(reseller.id, { space: { limitBytes: maxSafe - 10 * gigabyte } });
  expect(first.space.freeBytes).toBe(maxSafe - 10 * gigabyte);
  const second = await book.tryCreate(reseller.id, { space: { limitBytes: maxSafe } });
  expectRefusal(second, 422, "allotment_exceeded", "space.limitBytes");
  expect((await book.get(reseller.id)).space.allottedToChildrenBytes).toBe(maxSafe - 10 * gigabyte);
  await book.patch(first.id, { space: { limitBytes: null } });
});

test("a soft limit above the limit is refused", async () => {
  const space = { limitBytes: 10, softLimitBytes: 11 };
  expectRefusal(
    await book.tryCreate(line.reseller.id, { space }),
    422,
    "soft_limit_above_limit",
    "space.softLimitBytes",
  );
  expect((await book.create(line.reseller.id, { space: { limitBytes: 10, softLimitBytes: 10 } })).space).toMatchObject({
    softLimitBytes: 10,
  });
});

test("without parentId a customer stands under the credential's own", async () => {
  const { token } = await book.key(line.reseller.id);
  const customer = await book.ok("createCustomer", { body: book.input() }, { token });
  expect((await book.get(customer.id)).parentId).toBe(line.reseller.id);
});

test("nothing can be created under a customer that is deleted, or below one", async () => {
  const reseller = await book.create(line.distributor.id, { level: "reseller" });
  const endCustomer = await book.create(reseller.id);
  await book.remove(reseller);
  expectRefusal(await book.tryCreate(reseller.id), 409, "customer_deleted");
  expectRefusal(await book.tryCreate(endCustomer.id), 409, "customer_deleted");
});

test("an external reference is unique under one parent, and free under another", async () => {
  const other = await book.create(line.distributor.id, { level: "reseller" });
  await book.create(line.reseller.id, { externalRef: "R-1" });
  expectRefusal(
    await book.tryCreate(line.reseller.id, { externalRef: "R-1" }),
    409,
    "external_ref_taken",
    "externalRef",
  );
  expect((await book.create(other.id, { externalRef: "R-1" })).externalRef).toBe("R-1");
});
