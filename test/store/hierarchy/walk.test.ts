import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { CustomerRecord } from "../../../shared/domain/hierarchy/customer.ts";
import { insertCustomers } from "../../../shared/store/hierarchy/customers.ts";
import { listingStore } from "../../../shared/store/hierarchy/lists/listing.ts";
import { linkForm } from "../../../shared/store/table/keys.ts";
import { createIdSource } from "../../../shared/runtime/ids.ts";
import type { Write } from "../../../shared/store/table/writes.ts";
import { contextOf, openStore } from "../stages/stage.ts";

const ids = createIdSource();
const levels = ["distributor", "sub-distributor", "reseller", "end-customer", "site"] as const;
type Level = (typeof levels)[number];
/** A tree as nested lists: each node has a level, and skips one where it has no sub-distributor above it. */
interface Tree {
  level: Level;
  deleted: boolean;
  children: Tree[];
}

const tree = (level: Level, widest: number): fc.Arbitrary<Tree> => {
  const below: Record<Level, Level[]> = {
    distributor: ["sub-distributor", "reseller"],
    "sub-distributor": ["reseller"],
    reseller: ["end-customer"],
    "end-customer": ["site"],
    site: [],
  };
  const children = below[level].map((next) => tree(next, next === "end-customer" ? widest : 3));
  return fc.record({
    level: fc.constant(level),
    deleted: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
    children:
      children.length === 0
        ? fc.constant([])
        : fc.array(fc.oneof(...children), { maxLength: level === "reseller" ? widest : 3, size: "max" }),
  });
};

function record(level: Level, name: string, parent: CustomerRecord | null, deleted: boolean): CustomerRecord {
  const now = new Date().toISOString();
  return CustomerRecord.parse({
    id: ids.id("customer", Date.now()),
    version: 1,
    parentId: parent?.id ?? null,
    ancestors: parent ? [parent.id, ...parent.ancestors] : [],
    level,
    name,
    isDefault: false,
    email: "a@example.com",
    contactName: null,
    address: null,
    city: null,
    postcode: null,
    phone: null,
    fax: null,
    notes: null,
    externalRef: null,
    tags: [],
    country: "DE",
    storageLocation: "DE",
    serviceType: "all-inclusive",
    servicesToProvide: [],
    active: true,
    trialEndsAt: null,
    deletedAt: deleted ? now : null,
    purgeAt: null,
    spaceLimit: null,
    spaceCommitted: 0,
    spaceDrawn: 0,
    softLimitBytes: null,
    usedBytes: 0,
    licenceLimit: null,
    licenceCommitted: 0,
    licenceDrawn: 0,
    licencesUsed: 0,
    licencesUsedToDate: 0,
    deviceLimit: null,
    deviceCount: 0,
    autoAuthorize: false,
    emailReports: false,
    timezone: null,
    locale: null,
    branding: null,
    settings: {},
    createdAt: now,
    updatedAt: now,
  });
}

const grow = (level: Level, count: number, children: (index: number) => Tree[]): Tree[] =>
  Array.from({ length: count }, (_, index) => ({ level, deleted: index % 7 === 5, children: children(index) }));
/** More end-customers than a walk asks for at a time, some with sites, some deleted. */
const wide: Tree = {
  level: "distributor",
  deleted: false,
  children: [
    ...grow("sub-distributor", 1, () => grow("reseller", 1, () => grow("end-customer", 3, () => []))),
    ...grow("reseller", 2, () => grow("end-customer", 32, (index) => grow("site", index % 5 === 0 ? 2 : 0, () => []))),
  ],
};

test(
  "a branch is walked as a plain recursion walks it, whatever the limit, from every position on",
  { timeout: 600_000 },
  async () => {
    const store = await openStore();
    let serial = 0;
    const plant = (
      shape: Tree,
      parent: CustomerRecord | null,
      writes: Write[],
      order: string[],
      shown: boolean,
    ): void => {
      // Names of the same width, in an order of their own, so that name order is not the order of creation.
      const name = String(((serial += 1) * 7919) % 100_003).padStart(6, "0");
      const own = record(shape.level, name, parent, shape.deleted && parent !== null);
      const visible = shown && own.deletedAt === null;
      writes.push(...insertCustomers([own], parent ? [parent] : []));
      if (visible) order.push(own.id);
      const below: { name: string; order: string[] }[] = shape.children.map((child) => {
        const place = { name: String(((serial + 1) * 7919) % 100_003).padStart(6, "0"), order: [] };
        plant(child, own, writes, place.order, visible);
        return place;
      });
      below.sort((one, other) => (one.name < other.name ? -1 : 1));
      for (const place of below) order.push(...place.order);
    };
    let largest = 0;
    await fc.assert(
      fc.asyncProperty(tree("distributor", 30), async (shape) => {
        const [writes, order]: [Write[], string[]] = [[], []];
        plant(shape, null, writes, order, true);
        const puts = writes.flatMap((write) => (write.kind === "put" ? [{ PutRequest: { Item: write.item } }] : []));
        for (let start = 0; start < puts.length; start += 25)
          await store.table.documents.send(
            new BatchWriteCommand({ RequestItems: { [store.table.tableName]: puts.slice(start, start + 25) } }),
          );
        const [top = ""] = order;
        const branch = (limit: number, trail: string[] | null, level?: Level) =>
          listingStore(contextOf(store.open(), top)).branch(top, level, limit, trail && { trail, form: linkForm });
        largest = Math.max(largest, order.length);
        const limits =
          order.length > 40
            ? [7, 26, order.length - 1, ...(order.length > 120 ? [] : [1])]
            : [1, 2, 3, 5, order.length, order.length + 1];
        for (const limit of new Set(limits.filter((one) => one > 0))) {
          const found: string[] = [];
          for (let trail: string[] | null = null; ;) {
            const { places, next } = await branch(limit, trail);
            expect(places.length).toBeLessThanOrEqual(limit);
            found.push(...places.map(({ chain: [{ id }] }) => id));
            if (next === null) break;
            trail = next.trail;
            expect(places).toHaveLength(limit);
          }
          expect(found, `limit ${limit}`).toEqual(order);
        }
        const levelOf = new Map(
          writes.flatMap((write) =>
            write.kind === "put" && write.item["kind"] === "customer" ? [[write.key.pk, write.item["level"]]] : [],
          ),
        );
        for (const level of levels) {
          const { places, next } = await branch(200, null, level);
          const wanted = order.filter((id) => levelOf.get(id) === level);
          if (next === null)
            expect(
              places.map(({ chain: [{ id }] }) => id),
              level,
            ).toEqual(wanted);
          else
            expect(
              places.map(({ chain: [{ id }] }) => id),
              level,
            ).toEqual(wanted.slice(0, places.length));
        }
      }),
      {
        numRuns: Number(process.env["WALKS"] ?? 2),
        seed: Number(process.env["WALK_SEED"] ?? 4),
        examples: [[wide]],
      },
    );
    expect(largest).toBeGreaterThan(40);
  },
);
