import pMap from "p-map";
import { beforeAll, expect, test } from "vitest";
import { openTableStream } from "../../fleet/table-stream.ts";
import { complaints, dump } from "../../model/invariants.ts";
import { randomFrom } from "../../support/random.ts";
import { sized } from "../../support/size.ts";
import { type Fleet, openFleet } from "../stages/fleet.ts";
import { settleStream } from "../stages/settle.ts";

/*
 * A reseller goes to and fro between two distributors while others are at work below it. TRAFFIC_SEED repeats what they do, not when.
 */
const customers = sized(30, 2_000);
const moves = sized(6, 20);
const clients = 16;
const devicesAtMost = 24;
const seed = Number(process.env["TRAFFIC_SEED"] ?? 20_261_129);

type Body = Awaited<ReturnType<Fleet["get"]>>;
let fleet: Fleet;
let stream: Awaited<ReturnType<typeof openTableStream>>;
beforeAll(async () => {
  fleet = await openFleet();
  stream = await openTableStream(fleet.table);
  return () => stream.close();
});

test(
  `a reseller with ${customers} customers changes its distributor ${moves} times while ${clients} clients read, admit and write below it`,
  { timeout: 1_200_000 },
  async () => {
    const distributor = () => fleet.create(fleet.provider.id, { level: "distributor" });
    const sides = [await distributor(), await distributor()] as const;
    const moved = await fleet.create(sides[0].id, { level: "reseller" });
    const tokenOf = async ({ id }: Body): Promise<string> => (await fleet.key(id)).token;
    const [own, ...ofSides] = await Promise.all([moved, ...sides].map(tokenOf));
    const ids = await pMap(
      Array.from({ length: customers }),
      async () => (await fleet.create(moved.id, { autoAuthorize: true })).id as string,
      { concurrency: 8 },
    );
    const devices = await pMap(ids.slice(0, devicesAtMost), (id) => fleet.device(id), { concurrency: 4 });
    // All but a few have their licences.
    for (const device of devices.slice(0, -4)) expect((await fleet.backup(device)).body.allowed).toBe(true);

    /** Where the reseller stands, and how often that has begun or ended to change: an odd number while it changes. */
    let [at, changes] = [0, 0];
    let over = false;
    const wrong: unknown[] = [];
    const seen = { whole: 0, hidden: 0, lists: 0, admitted: 0, written: 0 };
    const random = randomFrom(seed);
    const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
    const complain = (what: string, said: unknown): void => {
      if (wrong.length < 10) wrong.push([what, said]);
    };

    /** What a distributor's key may see of a customer: all of it or nothing, and for sure which while nothing changes. */
    const look = async (side: 0 | 1, id: string): Promise<void> => {
      const [before, standing] = [changes, at];
      const { status, body } = await fleet.call("getCustomer", { params: { id } }, { token: String(ofSides[side]) });
      const known = before === changes && before % 2 === 0;
      if (status === 200) {
        seen.whole += 1;
        if (known && standing !== side) complain("the side that it has left sees it", body.path);
        if (body.path[0].id !== sides[side].id) complain("a path of the other side", body.path);
      } else {
        seen.hidden += 1;
        if (status !== 404) complain("no answer", [status, body]);
        else if (known && standing === side) complain("the side where it stands does not see it", id);
      }
    };
    const list = async (): Promise<void> => {
      const query = { parentId: moved.id, limit: "200" };
      const { status, body } = await fleet.call("listCustomers", { query }, { token: own as string });
      seen.lists += 1;
      // Its Default Customer is one more.
      const expected = Math.min(200, customers + 1);
      if (status !== 200 || body.items.length !== expected) complain("a list", [status, body.items?.length]);
      if (new Set(body.items.map((item: Body) => item.id)).size !== expected) complain("a list that repeats", body);
    };
    const admit = async (): Promise<void> => {
      const { status, body } = await fleet.backup(pick(devices));
      seen.admitted += 1;
      if (status !== 200 || body.allowed !== true) complain("an admission", [status, body]);
    };
    const write = async (id: string): Promise<void> => {
      const { status, body } = await fleet.patch(
        id,
        { city: pick(["Bern", "Basel", "Chur"]) },
        { token: own as string },
      );
      seen.written += 1;
      if (status !== 200) complain("a change", [status, body]);
    };
    const client = async (): Promise<void> => {
      while (!over) {
        const id = pick(ids);
        const what = random();
        if (what < 0.5) await look(random() < 0.5 ? 0 : 1, id);
        else if (what < 0.6) await list();
        else if (what < 0.8) await admit();
        else await write(id);
      }
    };

    const atWork = Promise.all(Array.from({ length: clients }, client));
    for (let nth = 0; nth < moves; nth += 1) {
      const parentId = sides[at === 0 ? 1 : 0].id;
      changes += 1;
      const reply = await fleet.call("moveCustomer", { params: { id: moved.id }, body: { parentId } });
      at = at === 0 ? 1 : 0;
      changes += 1;
      expect(reply.status).toBe(200);
      // From the commit on.
      const { status } = await fleet.call(
        "getCustomer",
        { params: { id: pick(ids) } },
        { token: String(ofSides[at === 0 ? 1 : 0]) },
      );
      expect(status).toBe(404);
      await new Promise((resolve) => setTimeout(resolve, sized(100, 500)));
    }
    over = true;
    await atWork;
    process.stdout.write(`under-traffic: ${JSON.stringify(seen)}\n`);
    expect(wrong).toEqual([]);
    expect(Object.values(seen).every((count) => count > 0)).toBe(true);
    await settleStream(fleet, stream);
    expect(complaints(await dump(fleet.table), { whole: true, moves: true, services: false })).toEqual([]);
  },
);
