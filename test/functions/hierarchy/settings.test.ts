import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import { type Book, expectRefusal, openBook } from "../stages/book.ts";

let book: Book;
let line: Awaited<ReturnType<Book["line"]>>;
beforeAll(async () => {
  book = await openBook();
});
const patchSettings = (id: string, body: object, options = {}) =>
  book.call("updateSettings", { params: { id }, body }, options);
const own = (id: string) => book.ok("getSettings", { params: { id } });
const effective = (id: string, token = book.token) => book.ok("getEffectiveSettings", { params: { id } }, { token });

describe("own settings", () => {
  test("are empty at first, merged by patches, and null takes values and groups out again", async () => {
    line = await book.line();
    const { id } = line.reseller;
    expect(await own(id)).toEqual({});
    const first = await patchSettings(id, { mail: { senderName: "Alpine" }, trial: { days: 14 } });
    expect([first.status, first.body]).toEqual([200, { mail: { senderName: "Alpine" }, trial: { days: 14 } }]);
    const second = await patchSettings(id, { mail: { enabled: false }, trial: { days: null, spaceBytes: 1_000 } });
    expect(second.body).toEqual({ mail: { senderName: "Alpine", enabled: false }, trial: { spaceBytes: 1_000 } });
    expect(await own(id)).toEqual(second.body);
    expect((await patchSettings(id, { mail: null, trial: { spaceBytes: null } })).body).toEqual({});
    expect(await own(id)).toEqual({});
  });

  test("carry the customer's version as ETag, read or changed, so that what was read can be changed conditionally", async () => {
    line = await book.line();
    const { id } = line.reseller;
    const { headers } = await book.call("getSettings", { params: { id } });
    expect(headers["etag"]).toBe(`"${line.reseller.version}"`);
    const guard = { headers: { "if-match": headers["etag"] ?? "" } };
    const changed = await patchSettings(id, { mail: { enabled: false } }, guard);
    expect([changed.status, changed.headers["etag"]]).toEqual([200, `"${line.reseller.version + 1}"`]);
    expect((await book.call("getSettings", { params: { id } })).headers["etag"]).toBe(changed.headers["etag"]);
    expectRefusal(await patchSettings(id, { mail: { enabled: true } }, guard), 412, "precondition_failed");
  });

  test("count for the version of the customer, which If-Match guards", async () => {
    line = await book.line();
    const { id } = line.reseller;
    expect((await patchSettings(id, { mail: { enabled: false } })).status).toBe(200);
    expect((await book.get(id)).version).toBe(2);
    expect((await patchSettings(id, { mail: { enabled: false } })).status).toBe(200);
    expect((await book.get(id)).version).toBe(2);
    const stale = await patchSettings(id, { mail: { enabled: true } }, { headers: { "if-match": '"1"' } });
    expectRefusal(stale, 412, "precondition_failed");
  });

  test("that contradict themselves are refused", async () => {
    line = await book.line();
    const { id } = line.site;
    const on = { mode: "own", enabled: true };
    const noSpeed = await patchSettings(id, { throttle: { ...on } });
    expectRefusal(noSpeed, 400, "invalid_request", "throttle.bytesPerSecond");
    for (const hours of [{}, { from: "08:00" }, { to: "08:00" }, { from: "08:00", to: "08:00" }]) {
      const reply = await patchSettings(id, { throttle: { ...on, bytesPerSecond: 5, always: false, ...hours } });
      expectRefusal(reply, 400, "invalid_request", "throttle.from");
    }
    for (const [field, value] of [
      ["from", "24:00"],
      ["to", "8:00"],
      ["bytesPerSecond", 0],
      ["mode", "other"],
    ])
      expectRefusal(
        await patchSettings(id, { throttle: { [field as string]: value } }),
        400,
        "invalid_request",
        `throttle.${field}`,
      );
    expect(await own(id)).toEqual({});
    const night = { ...on, bytesPerSecond: 5, always: false, from: "22:00", to: "06:00" };
    expect((await patchSettings(id, { throttle: night })).body).toEqual({ throttle: night });
  });

  test("of trial, mail and deletion belong to sellers, and the grace period to the provider", async () => {
    line = await book.line();
    for (const level of ["end-customer", "site"] as const) {
      expectRefusal(await patchSettings(line[level].id, { trial: { days: 5 } }), 422, "not_applicable", "trial");
      expectRefusal(await patchSettings(line[level].id, { mail: { enabled: false } }), 422, "not_applicable", "mail");
      expect((await patchSettings(line[level].id, { throttle: { mode: "inherit" } })).status).toBe(200);
    }
    for (const level of ["distributor", "reseller", "site"] as const)
      expectRefusal(
        await patchSettings(line[level].id, { deletion: { graceDays: 5 } }),
        422,
        "not_applicable",
        "deletion",
      );
    expect((await patchSettings(book.provider.id, { deletion: { graceDays: 5 } })).status).toBe(200);
    expect((await patchSettings(book.provider.id, { deletion: null })).body).toEqual({});
  });

  test("of storage belong to the provider, and name each location once", async () => {
    line = await book.line();
    for (const level of ["distributor", "reseller", "site"] as const) {
      const refused = await patchSettings(line[level].id, { storage: { closedLocations: ["BE"] } });
      expectRefusal(refused, 422, "not_applicable", "storage");
    }
    for (const closedLocations of [["XX"], ["BE", "BE"], "BE"]) {
      const { status, body } = await patchSettings(book.provider.id, { storage: { closedLocations } });
      expect([status, body.code, body.errors[0].path]).toEqual([
        400,
        "invalid_request",
        expect.stringMatching(/^storage\.closedLocations/),
      ]);
    }
  });

  test("of moves belong to the provider", async () => {
    line = await book.line();
    const moves = { mergeAndSplit: true };
    for (const level of ["distributor", "reseller", "site"] as const)
      expectRefusal(await patchSettings(line[level].id, { moves }), 422, "not_applicable", "moves");
    const wrong = await patchSettings(book.provider.id, { moves: { mergeAndSplit: "yes" } });
    expectRefusal(wrong, 400, "invalid_request", "moves.mergeAndSplit");
    expect((await patchSettings(book.provider.id, { moves })).body).toEqual({ moves });
    const { id, level } = book.provider;
    expect((await effective(line.site.id)).moves.mergeAndSplit).toEqual({ value: true, source: { id, level } });
    expect((await patchSettings(book.provider.id, { moves: null })).body).toEqual({});
  });

  test("of trial may narrow what is inherited, never widen it", async () => {
    line = await book.line();
    expectRefusal(
      await patchSettings(line.reseller.id, { trial: { days: 31 } }),
      422,
      "setting_not_narrower",
      "trial.days",
    );
    await patchSettings(line.distributor.id, { trial: { days: 10, spaceBytes: 100 } });
    const wider = await patchSettings(line.reseller.id, { trial: { days: 11, spaceBytes: 101 } });
    expectRefusal(wider, 422, "setting_not_narrower");
    expect(wider.body.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
      "trial.days",
      "trial.spaceBytes",
    ]);
    expect((await patchSettings(line.reseller.id, { trial: { days: 10, spaceBytes: 99 } })).status).toBe(200);
    expect((await patchSettings(book.provider.id, { trial: { days: 365 } })).status).toBe(200);
    await patchSettings(book.provider.id, { trial: null });
  });
});

describe("the retention of the log", () => {
  test("is 400 days at least, and is set by those who sell", async () => {
    line = await book.line();
    const set = (id: string, retentionDays: unknown) => patchSettings(id, { log: { retentionDays } });
    for (const id of [book.provider.id, line.distributor.id, line.reseller.id])
      for (const days of [399, 0, -1, 400.5, "400", 36_501])
        expectRefusal(await set(id, days), 400, "invalid_request", "log.retentionDays");
    for (const id of [line["end-customer"].id, line.site.id])
      expectRefusal(await set(id, 400), 422, "not_applicable", "log");
    const kept = async () => (await effective(line.site.id)).log.retentionDays;
    expect((await kept()).value).toBeNull();
    expect((await set(line.distributor.id, 400)).status).toBe(200);
    expect((await kept()).value).toBe(400);
    expect((await set(line.reseller.id, 36_500)).status).toBe(200);
    expect(await kept()).toEqual({ value: 36_500, source: { id: line.reseller.id, level: "reseller" } });
  });

  test("counts for entries that are written from then on, of the branch alone", async () => {
    line = await book.line();
    const other = await book.line();
    const days = async (id: string) => {
      await book.patch(id, { notes: book.freshName("note") });
      const { documents, tableName: TableName } = book.table;
      const { Items = [] } = await documents.send(
        new QueryCommand({
          TableName,
          IndexName: "history",
          KeyConditionExpression: "nodePk = :id",
          ExpressionAttributeValues: { ":id": id },
        }),
      );
      return Items.toSorted((one, two) => String(one["sk"]).localeCompare(String(two["sk"]))).map(({ expiresAt }) =>
        expiresAt === undefined ? null : Math.round((Number(expiresAt) - Date.now() / 1000) / 86_400),
      );
    };
    const id = line["end-customer"].id;
    expect(await days(id)).toEqual([null, null]);
    await patchSettings(line.distributor.id, { log: { retentionDays: 500 } });
    expect(await days(id)).toEqual([null, null, 500]);
    await patchSettings(line.reseller.id, { log: { retentionDays: 400 } });
    expect(await days(id)).toEqual([null, null, 500, 400]);
    expect((await days(other["end-customer"].id)).at(-1)).toBeNull();
    for (const level of ["distributor", "reseller"] as const)
      await patchSettings(line[level].id, { log: { retentionDays: null } });
    expect(await days(id)).toEqual([null, null, 500, 400, null]);
  });
});

describe("effective settings", () => {
  test("are the defaults where no level says anything", async () => {
    line = await book.line();
    const source = { id: null, level: "default" };
    const all = (values: object) =>
      Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value, source }]));
    expect(await effective(line.site.id)).toEqual({
      throttle: all({
        enabled: false,
        always: true,
        from: null,
        to: null,
        offAtWeekend: false,
        bytesPerSecond: null,
      }),
      trial: all({ spaceBytes: 536_870_912, days: 30, extensionDays: 30, deleteAfterDays: 30 }),
      mail: all({ enabled: true, senderName: "Backup Service", setupUrl: null }),
      deletion: all({ graceDays: 30, customersPerHour: 50 }),
      watchlist: all({ noBackupDays: 2, notSeenDays: 7, serverNotSeenDays: 2, minimumAgentVersion: null }),
      alerts: all({ limits: "mail", moves: "mail" }),
      storage: all({ closedLocations: [] }),
      moves: all({ mergeAndSplit: false }),
      access: all({ secondFactor: "optional" }),
      portal: all({ enabled: true, switchAccounts: true, changeQuota: true, restore: true }),
      log: all({ retentionDays: null }),
      ...all({ timezone: "UTC", locale: "en", branding: null }),
      throttleNow: { at: expect.any(String), bytesPerSecond: null, until: null, source },
    });
  });

  test("say what throttling applies at the moment that is asked about, in the customer's time zone", async () => {
    line = await book.line();
    const night = { mode: "own", enabled: true, always: false, from: "22:00", to: "06:00", bytesPerSecond: 9_000 };
    await patchSettings(line.reseller.id, { throttle: { ...night, offAtWeekend: true } });
    await book.patch(line["end-customer"].id, { timezone: "Europe/Berlin" });
    const params = { id: line.site.id };
    const at = async (when: string) =>
      (await book.ok("getEffectiveSettings", { params, query: { at: when } })).throttleNow;
    const source = { id: line.reseller.id, level: "reseller" };
    // A Friday in winter: 21:30 in Berlin, then 22:30; and the Saturday.
    expect(await at("2026-01-16T20:30:00Z")).toEqual({
      at: "2026-01-16T20:30:00.000Z",
      bytesPerSecond: null,
      until: "2026-01-16T21:00:00.000Z",
      source,
    });
    expect(await at("2026-01-16T21:30:00Z")).toMatchObject({
      bytesPerSecond: 9_000,
      until: "2026-01-16T23:00:00.000Z",
    });
    expect(await at("2026-01-17T14:05:00Z")).toMatchObject({ bytesPerSecond: null, until: "2026-01-18T23:00:00.000Z" });
    const { token } = await book.key(line["end-customer"].id, "viewer");
    const seen = await book.ok("getEffectiveSettings", { params }, { token });
    expect(seen.throttleNow.source).toEqual({ id: null, level: "reseller" });
  });

  test("of throttling come as a whole from the nearest level with its own", async () => {
    line = await book.line();
    const high = { mode: "own", enabled: true, bytesPerSecond: 9_000, offAtWeekend: true };
    await patchSettings(line.distributor.id, { throttle: high });
    const source = { id: line.distributor.id, level: "distributor" };
    expect((await effective(line.site.id)).throttle).toMatchObject({
      enabled: { value: true, source },
      bytesPerSecond: { value: 9_000, source },
      offAtWeekend: { value: true, source },
      from: { value: null, source },
    });
    await patchSettings(line["end-customer"].id, { throttle: { mode: "own", enabled: false } });
    const nearer = { id: line["end-customer"].id, level: "end-customer" };
    expect((await effective(line.site.id)).throttle).toMatchObject({
      enabled: { value: false, source: nearer },
      bytesPerSecond: { value: null, source: nearer },
      offAtWeekend: { value: false, source: nearer },
    });
    await patchSettings(line["end-customer"].id, { throttle: { mode: "inherit" } });
    expect((await effective(line.site.id)).throttle.bytesPerSecond).toEqual({ value: 9_000, source });
  });

  test("of trial are the smallest of all levels, also where one above is narrowed later", async () => {
    line = await book.line();
    await patchSettings(line.reseller.id, { trial: { days: 20, spaceBytes: 1_000 } });
    await patchSettings(line.distributor.id, { trial: { days: 10 } });
    expect((await effective(line.reseller.id)).trial).toMatchObject({
      days: { value: 10, source: { id: line.distributor.id, level: "distributor" } },
      spaceBytes: { value: 1_000, source: { id: line.reseller.id, level: "reseller" } },
      deleteAfterDays: { value: 30, source: { id: null, level: "default" } },
    });
  });

  test("of the rest come value by value from the nearest level that holds one", async () => {
    line = await book.line();
    await patchSettings(line.distributor.id, { mail: { enabled: false, senderName: "Upper" } });
    await patchSettings(line.reseller.id, { mail: { senderName: "Lower" } });
    await book.patch(line["sub-distributor"].id, { timezone: "Europe/Berlin", branding: { color: "#123456" } });
    await book.patch(line["end-customer"].id, { locale: "de" });
    const { mail, timezone, locale, branding } = await effective(line.site.id);
    const from = (level: "distributor" | "sub-distributor" | "reseller" | "end-customer") => ({
      id: line[level].id,
      level,
    });
    expect({ mail, timezone, locale, branding }).toEqual({
      mail: {
        enabled: { value: false, source: from("distributor") },
        senderName: { value: "Lower", source: from("reseller") },
        setupUrl: { value: null, source: { id: null, level: "default" } },
      },
      timezone: { value: "Europe/Berlin", source: from("sub-distributor") },
      locale: { value: "de", source: from("end-customer") },
      branding: { value: { color: "#123456" }, source: from("sub-distributor") },
    });
  });

  test("name no source above the caller's branch, but its level", async () => {
    line = await book.line();
    await patchSettings(line.distributor.id, { mail: { enabled: false } });
    await patchSettings(line.reseller.id, { mail: { senderName: "Own" } });
    const { token } = await book.key(line.reseller.id, "viewer");
    const { mail } = await effective(line.site.id, token);
    expect(mail.enabled).toEqual({ value: false, source: { id: null, level: "distributor" } });
    expect(mail.senderName).toEqual({ value: "Own", source: { id: line.reseller.id, level: "reseller" } });
  });
});
