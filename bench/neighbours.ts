/**
 * Measures how long a tenant's requests take while its neighbour sends as many as it can, over HTTP against a running stack. Quiet phases and
 * phases with the flood take turns, so that what the machine does otherwise meets both.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { countOf, readArguments } from "../local/machine/arguments.ts";

const usage = `
Usage: npm run bench:neighbours -- [options]

Lets one reseller flood the API of a running stack, and measures what its neighbour notices.

  --pairs N        pairs of a quiet phase and one with the flood (5)
  --seconds N      how long each phase lasts (15)
  --rate N         requests of the neighbour in a second (20)
  --clients N      how many clients flood side by side (32)
  --url URL        where the stack answers (http://127.0.0.1:8787, or the port in PORT)
  --key-file FILE  file with the API key (.tenantry/admin-key, or below TENANTRY_HOME)
`;
const values = readArguments(usage, {
  pairs: { type: "string", default: "5" },
  seconds: { type: "string", default: "15" },
  rate: { type: "string", default: "20" },
  clients: { type: "string", default: "32" },
  url: { type: "string", default: `http://127.0.0.1:${process.env["PORT"] ?? "8787"}` },
  "key-file": { type: "string", default: `${process.env["TENANTRY_HOME"] ?? ".tenantry"}/admin-key` },
});
const [pairs, seconds] = [countOf("--pairs", values.pairs), countOf("--seconds", values.seconds)];
const [rate, clients] = [countOf("--rate", values.rate), countOf("--clients", values.clients)];
const adminKey = readFileSync(values["key-file"], "utf8").trim();
const run = randomUUID().slice(0, 8);

interface Tenant {
  id: string;
  token: string;
}
async function call(token: string, method: string, path: string, body?: unknown) {
  const began = performance.now();
  const answer = await fetch(`${values.url}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const read = (await answer.json()) as Record<string, unknown>;
  return { status: answer.status, headers: answer.headers, body: read, ms: performance.now() - began };
}
async function create(token: string, path: string, body: unknown): Promise<Record<string, unknown>> {
  const { status, body: made } = await call(token, "POST", path, body);
  if (status !== 201) throw new Error(JSON.stringify(made));
  return made;
}
async function tenant(name: string): Promise<Tenant> {
  const shown = { level: "reseller", name: `${name} ${run}`, email: "bench@example.com", country: "DE" };
  const id = String((await create(adminKey, "/customers", shown))["id"]);
  const key = await create(adminKey, "/api-keys", { customerId: id, role: "admin", name: `Bench ${run}` });
  const token = String(key["token"]);
  for (let nth = 0; nth < 20; nth += 1)
    await create(token, "/customers", {
      parentId: id,
      name: `${name} ${run} ${nth}`,
      email: shown.email,
      country: "DE",
    });
  return { id, token };
}

/** One of the neighbour's requests: four read, the fifth changes something. */
const ask = ({ id, token }: Tenant, nth: number) =>
  nth % 5 === 4
    ? call(token, "PATCH", `/customers/${id}`, { phone: `+49 ${nth}` })
    : call(token, "GET", nth % 2 === 0 ? `/customers/${id}` : `/customers?parentId=${id}&limit=20`);

/** Sends the neighbour's requests at their rate, whether or not those before have been answered. */
async function paced(neighbour: Tenant): Promise<{ latencies: number[]; statuses: Map<number, number> }> {
  const latencies: number[] = [];
  const statuses = new Map<number, number>();
  const open: Promise<void>[] = [];
  const began = performance.now();
  for (let nth = 0; nth < rate * seconds; nth += 1) {
    const due = began + (nth * 1000) / rate;
    if (performance.now() < due) await sleep(due - performance.now());
    open.push(
      ask(neighbour, nth).then(({ status, ms }) => {
        latencies.push(ms);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }),
    );
  }
  await Promise.all(open);
  return { latencies, statuses };
}

/** Sends as much as comes through until it is told to stop. */
function flood({ id, token }: Tenant): { stop: () => Promise<{ sent: number; refused: number; roundTrips: number }> } {
  let goesOn = true;
  let [sent, refused, roundTrips] = [0, 0, 0];
  const client = async (): Promise<void> => {
    while (goesOn) {
      const { status, headers } = await call(token, "GET", `/customers?parentId=${id}&limit=20`);
      sent += 1;
      if (status !== 429) continue;
      refused += 1;
      roundTrips += Number(/roundtrips;dur=(\d+)/.exec(headers.get("server-timing") ?? "")?.[1] ?? 0);
    }
  };
  const working = Promise.all(Array.from({ length: clients }, client));
  return {
    async stop() {
      goesOn = false;
      await working;
      return { sent, refused, roundTrips };
    },
  };
}

const sorted = (numbers: readonly number[]): number[] => numbers.toSorted((one, other) => one - other);
const at = (numbers: readonly number[], share: number): number =>
  Number((sorted(numbers)[Math.floor(share * (numbers.length - 1))] ?? 0).toFixed(1));
const said = ({ latencies, statuses }: Awaited<ReturnType<typeof paced>>) => ({
  p50: at(latencies, 0.5),
  p99: at(latencies, 0.99),
  statuses: Object.fromEntries(statuses),
});

const [loud, neighbour] = [await tenant("Loud"), await tenant("Neighbour")];
// What starts with the first requests is no part of the figures.
await paced(neighbour);
const ratios: number[] = [];
let wrong = 0;
for (let pair = 0; pair < pairs; pair += 1) {
  const quiet = said(await paced(neighbour));
  const { stop } = flood(loud);
  const flooded = said(await paced(neighbour));
  const { sent, refused, roundTrips } = await stop();
  ratios.push(flooded.p99 / quiet.p99);
  for (const { statuses } of [quiet, flooded])
    for (const [status, count] of Object.entries(statuses)) if (status !== "200") wrong += count;
  const loudly = { perSecond: Math.round(sent / seconds), refused, roundTripsOfRefused: roundTrips };
  process.stdout.write(`${JSON.stringify({ pair: pair + 1, quiet, flooded, loud: loudly })}\n`);
}
const ratio = { median: at(ratios, 0.5), least: at(ratios, 0), most: at(ratios, 1) };
process.stdout.write(`${JSON.stringify({ p99FloodedToQuiet: ratio, neighbourNotServed: wrong })}\n`);
process.exitCode = wrong === 0 ? 0 : 1;
