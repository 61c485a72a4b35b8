import { type Enrolled, type Fleet } from "../stages/fleet.ts";
import type { Reply } from "../../support/api.ts";
import { changesOf, type openTableStream } from "../../fleet/table-stream.ts";
import { randomFrom } from "../../support/random.ts";

type Body = Reply["body"];
const dayMs = 86_400_000;

/** Something that was done to a customer. */
export type MarketEvent = { at: number; customer: string } & (
  | { type: "created"; seller: string; trial: boolean }
  | { type: "converted" | "suspended" | "resumed" | "deleted" }
  | { type: "moved"; seller: string }
  | { type: "device"; device: string; kind: string }
  | { type: "licence"; device: string }
  | { type: "usage"; device: string; bytes: number }
);

export interface MarketSeller {
  id: string;
  token: string;
  planId: string;
  prices: object;
}

const party = (name: string) => ({ name, address: "Kai 1", postcode: "20457", city: "Hamburg", country: "DE" });
/** Three ways to charge: the mean in GiB by tiers, the last day in GB where all cost what the last one does, the most, with a minimum. */
const pricesOf = [
  {
    storage: {
      unit: "GiB",
      measure: "average",
      price: {
        mode: "graduated",
        freeUnits: 5,
        tiers: [
          { upTo: 50, unitPrice: "12.5" },
          { upTo: 200, unitPrice: "9.75" },
          { upTo: null, unitPrice: "4.3333" },
        ],
      },
    },
    devices: { server: { unitPrice: "1000", freeUnits: 1 }, laptop: { unitPrice: "333.3" } },
    licences: { unitPrice: "150.5" },
    discountPercent: "7.5",
    taxPercent: "19",
  },
  {
    storage: {
      unit: "GB",
      measure: "end",
      price: {
        mode: "volume",
        tiers: [
          { upTo: 100, unitPrice: "7" },
          { upTo: null, unitPrice: "5.1" },
        ],
      },
    },
    devices: { server: { unitPrice: "1250" }, workstation: { unitPrice: "410.25" }, laptop: { unitPrice: "99.9999" } },
    taxPercent: "20",
  },
  {
    storage: { unit: "GB", measure: "peak", price: { unitPrice: "3.9" } },
    licences: { unitPrice: "501" },
    minimum: "2500",
    taxPercent: "7.7",
  },
];

/** Opens a market: sellers with prices and books, and what happens to their customers, by a seed. */
export async function openMarket(fleet: Fleet, stream: Awaited<ReturnType<typeof openTableStream>>, seed: number) {
  const random = randomFrom(seed);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const events: MarketEvent[] = [];
  const customers: {
    id: string;
    name: string;
    devices: Enrolled[];
    seller: MarketSeller;
    state: string;
    /** When its trial ends by itself; null: it has none. */
    trialEnds: number | null;
  }[] = [];
  const tell = (event: { type: string; customer: string } & Record<string, unknown>): void => {
    events.push({ at: fleet.now(), ...event } as MarketEvent);
  };
  const sellers: MarketSeller[] = [];
  for (const prices of pricesOf) {
    const { id } = await fleet.create(fleet.provider.id, { level: "reseller" });
    const { token } = await fleet.ok("createApiKey", { body: { customerId: id, role: "admin", name: "Books" } });
    const seller = { ...party("Seller"), vatId: "DE123456789", email: "books@example.com" };
    await fleet.ok("putInvoiceIssuer", { body: { seller, numbers: { prefix: "RE" } } }, { token });
    const versions = [{ validFrom: "2020-01-01", ...prices }];
    const plan = await fleet.ok("createPricePlan", { body: { name: "Prices", currency: "EUR", versions } }, { token });
    sellers.push({ id, token, planId: plan.id, prices: versions[0]! });
  }
  const configure = ({ planId, token }: MarketSeller, id: string): Promise<Body> =>
    fleet.ok(
      "putInvoiceConfig",
      {
        params: { id },
        body: {
          enabled: true,
          pricePlanId: planId,
          dayOfMonth: 1,
          recipient: "books@customer.example",
          language: "de",
          paymentTermsDays: 14,
          buyer: party("Customer"),
          sendMail: false,
        },
      },
      { token },
    );
  const rollUp = async (): Promise<void> => {
    for (const kind of ["device", "customer"] as const) {
      const Records = changesOf(kind, await stream.next());
      if (Records.length > 0) await fleet.invoke("functions/stream/roll-up.ts", { Records });
    }
  };
  const add = async (customer: (typeof customers)[number]): Promise<void> => {
    const kind = pick(["server", "workstation", "laptop"]);
    const device = await fleet.device(customer.id, { kind });
    customer.devices.push(device);
    tell({ type: "device", customer: customer.id, device: device.id, kind });
    if (random() < 0.7) {
      const { body } = await fleet.backup(device);
      if (body.reasons.length === 0) tell({ type: "licence", customer: customer.id, device: device.id });
    }
  };
  const use = async (customer: (typeof customers)[number]): Promise<void> => {
    const device = pick(customer.devices);
    const bytes = Math.floor(random() ** 2 * 300e9);
    await fleet.ok("reportUsage", { body: { usedBytes: bytes, measuredAt: fleet.at() } }, { token: device.token });
    tell({ type: "usage", customer: customer.id, device: device.id, bytes });
    await rollUp();
  };

  return {
    sellers,
    events,
    customers,
    /** A customer of a seller, with a computer. */
    async create(): Promise<void> {
      const seller = pick(sellers);
      const trial = random() < 0.3;
      const { id, name } = await fleet.create(seller.id, { inTrial: trial, autoAuthorize: true, timezone: "UTC" });
      const trialEnds = trial ? fleet.now() + 30 * dayMs : null;
      const customer = { id, name, devices: [], seller, state: "active", trialEnds };
      customers.push(customer);
      tell({ type: "created", customer: id, seller: seller.id, trial });
      await configure(seller, id);
      await add(customer);
      await use(customer);
    },
    /** Something happens to a customer, or nothing. */
    async happen(): Promise<void> {
      const customer = pick(customers);
      const { id, name } = customer;
      const at = { params: { id } };
      if (customer.state === "deleted") return;
      const what = random();
      if (customer.state === "suspended") {
        await fleet.ok("activateCustomer", at);
        customer.state = "active";
        tell({ type: "resumed", customer: id });
      } else if (what < 0.4) await use(customer);
      else if (what < 0.55) await add(customer);
      else if (what < 0.65 && customer.trialEnds !== null && customer.trialEnds > fleet.now()) {
        await fleet.ok("endTrial", at);
        customer.trialEnds = null;
        tell({ type: "converted", customer: id });
      } else if (what < 0.8) {
        const seller = pick(sellers.filter((one) => one !== customer.seller));
        await fleet.ok("moveCustomer", { ...at, body: { parentId: seller.id } });
        customer.seller = seller;
        tell({ type: "moved", customer: id, seller: seller.id });
        await configure(seller, id);
      } else if (what < 0.95) {
        await fleet.ok("deactivateCustomer", at);
        customer.state = "suspended";
        tell({ type: "suspended", customer: id });
      } else {
        await fleet.ok("deleteCustomer", { ...at, query: { confirm: name } });
        customer.state = "deleted";
        tell({ type: "deleted", customer: id });
      }
    },
    /** Lets a day end. */
    async night(): Promise<void> {
      await rollUp();
      fleet.advance(dayMs);
      for (let turn = 0; turn < 40; turn += 1) {
        const { nights } = (await fleet.invoke("functions/schedule/sweep-ledger.ts", {})) as { nights: Body };
        if (nights.done === 0) break;
      }
      await fleet.invoke("functions/schedule/sweep-trials.ts", {});
    },
  };
}
