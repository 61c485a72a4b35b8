/**
 * Builds the report of all devices of a branch, for branches of 1,000 to a million devices, each in a process with a heap of 64 MB. The branch is worked
 * out and not stored, so what is measured is the builder: its memory, and the units that it reads against those that the bytes of the devices cost.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { countOf, readArguments } from "../local/machine/arguments.ts";
import { readChain } from "../shared/store/hierarchy/chain.ts";
import { buildReport } from "../shared/store/reports/build.ts";
import { openDatabase } from "../shared/store/table/database.ts";
import { createMeter } from "../shared/store/table/units.ts";
import { syntheticBranch } from "./support/synthetic-branch.ts";

const usage = `
Usage: npm run bench:reports -- [options]

Builds reports on branches of several sizes, and measures memory and units.

  --devices N     only a branch of so many, in this very process
  --kind KIND     consolidated or all-customers (consolidated)
`;
const values = readArguments(usage, {
  devices: { type: "string", default: "0" },
  kind: { type: "string", default: "consolidated" },
});
const sizes = [1_000, 10_000, 100_000, 1_000_000];
const heapMb = 64;
const kind = values.kind === "all-customers" ? "all-customers" : "consolidated";

/** Memory that is in use, once what is not any more has been cleared away. */
const inUse = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

async function measure(devices: number): Promise<void> {
  const { topId, client, bytesRead } = syntheticBranch(devices);
  const meter = createMeter();
  let [reads, peak] = [0, 0];
  const open = () => {
    // Now and then, since each look takes time of its own.
    if ((reads += 1) % 200 === 0) peak = Math.max(peak, inUse());
    return openDatabase(client, "bench", meter);
  };
  const chain = await readChain(open(), topId);
  if (!chain) throw new Error("The branch has no top.");
  const base = inUse();
  const period = { from: "2026-11-25T05:00:00.000Z", to: "2026-11-26T05:00:00.000Z", missed: 0 };
  const began = performance.now();
  const request = { kind, jobTypes: null, withCsv: true, period, before: [] } as const;
  const { report, csv, csvTooLarge } = await buildReport(open, chain, request, Date.parse(period.to));
  const seconds = (performance.now() - began) / 1000;
  peak = Math.max(peak, inUse());
  const perThousand = (units: number): number => Number(((units / devices) * 1000).toFixed(1));
  process.stdout.write(
    `${JSON.stringify({
      devices: report.figures.devices,
      seconds: Number(seconds.toFixed(1)),
      heapAtRestMb: Number((base / 2 ** 20).toFixed(1)),
      heapPeakMb: Number((peak / 2 ** 20).toFixed(1)),
      readUnits: meter.costs().readUnits,
      unitsPerThousandDevices: perThousand(meter.costs().readUnits),
      // What the same bytes would cost if they stood in one item.
      leastPerThousandDevices: perThousand(bytesRead() / 4096),
      csv: csvTooLarge ? "too large" : `${Math.round((csv?.length ?? 0) / 1000)} kB`,
    })}\n`,
  );
}

const only = values.devices === "0" ? 0 : countOf("--devices", values.devices);
if (only > 0) await measure(only);
else
  for (const devices of sizes) {
    const options = [`--max-old-space-size=${heapMb}`, "--expose-gc", fileURLToPath(import.meta.url)];
    const { status } = spawnSync(process.execPath, [...options, "--devices", String(devices), "--kind", kind], {
      stdio: "inherit",
    });
    if (status !== 0) process.exitCode = 1;
  }
