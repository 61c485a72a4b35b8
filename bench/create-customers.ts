/**
 * Creates many customers under one reseller from several clients at once, over HTTP against a running stack, and checks that
 * nothing was lost, doubled or answered with 5xx, and that every counter is exact. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { countOf, readArguments } from "../local/machine/arguments.ts";

const usage = `
Usage: npm run bench -- [options]

Creates many customers over the API of a running stack, and measures it.

  --customers N    how many (10000)
  --clients N      how many clients create them side by side (16)
  --allotted       each customer takes its space from a limit of the reseller
  --url URL        where the stack answers (http://127.0.0.1:8787, or the port in PORT)
  --key-file FILE  file with the API key (.tenantry/admin-key, or below TENANTRY_HOME)
`;
const values = readArguments(usage, {
  customers: { type: "string", default: "10000" },
  clients: { type: "string", default: "16" },
  allotted: { type: "boolean", default: false },
  url: { type: "string", default: `http://127.0.0.1:${process.env["PORT"] ?? "8787"}` },
  "key-file": { type: "string", default: `${process.env["TENANTRY_HOME"] ?? ".tenantry"}/admin-key` },
});
const [customers, clients] = [countOf("--customers", values.customers), countOf("--clients", values.clients)];
const token = readFileSync(values["key-file"], "utf8").trim();
const run = randomUUID().slice(0, 8);

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}
async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await fetch(`${values.url}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
}

const bytesEach = 1_000_000;
const reseller = await call("POST", "/customers", {
  level: "reseller",
  name: `Bench ${run}`,
  email: "bench@example.com",
  country: "DE",
  ...(values.allotted && { space: { limitBytes: customers * bytesEach } }),
});
if (reseller.status !== 201) throw new Error(JSON.stringify(reseller.body));
const parentId = String(reseller.body["id"]);

const statuses = new Map<number, number>();
const latencies: number[] = [];
let roundTrips = 0;
let next = 0;
const client = async (): Promise<void> => {
  for (let index = next++; index < customers; index = next++) {
    const began = performance.now();
    const { status, headers } = await call("POST", "/customers", {
      parentId,
      name: `Bench ${run} ${String(index).padStart(6, "0")}`,
      email: "bench@example.com",
      country: "DE",
      ...(values.allotted && { space: { limitBytes: bytesEach } }),
    });
    latencies.push(performance.now() - began);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    roundTrips = Math.max(
      roundTrips,
      Number(/roundtrips;dur=(\d+)/.exec(headers.get("server-timing") ?? "")?.[1] ?? 0),
    );
    if (index % 1000 === 999) process.stderr.write(`${index + 1} of ${customers}\n`);
  }
};
const began = performance.now();
await Promise.all(Array.from({ length: clients }, client));
const seconds = (performance.now() - began) / 1000;

const seen = new Set<string>();
const pageCosts: string[] = [];
let cursor: string | null = null;
do {
  const page: Answer = await call(
    "GET",
    `/customers?parentId=${parentId}&limit=50${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
  );
  for (const { id } of page.body["items"] as { id: string }[]) seen.add(id);
  pageCosts.push(/roundtrips;dur=[\d.]+, rcu;dur=[\d.]+/.exec(page.headers.get("server-timing") ?? "")?.[0] ?? "");
  cursor = page.body["nextCursor"] as string | null;
} while (cursor !== null);

latencies.sort((one, other) => one - other);
const at = (share: number): string => (latencies[Math.floor(share * (latencies.length - 1))] ?? 0).toFixed(0);
const space = (await call("GET", `/customers/${parentId}`)).body["space"] as {
  allottedToChildrenBytes: number;
  freeBytes: number | null;
};
const expected = values.allotted ? customers * bytesEach : 0;
const report = {
  customers,
  clients,
  seconds: Number(seconds.toFixed(1)),
  perSecond: Number((customers / seconds).toFixed(1)),
  latencyMs: { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
  statuses: Object.fromEntries(statuses),
  mostRoundTrips: roundTrips,
  listed: seen.size,
  firstPage: pageCosts[0],
  lastFullPage: pageCosts.at(-2),
  allottedToChildrenBytes: space.allottedToChildrenBytes,
};
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
const exact =
  seen.size === customers + 1 && space.allottedToChildrenBytes === expected && statuses.get(201) === customers;
process.exitCode = exact ? 0 : 1;
