import { AttentionCode, attentionCounts, worst } from "../../domain/devices/attention.ts";
import type { DeviceRecord } from "../../domain/devices/device.ts";
import { devicesIn } from "../../domain/hierarchy/customer.ts";
import type { Cell } from "../../domain/reports/csv.ts";
import { type DeviceRow, largest, rowsAtMost, worstFirst } from "../../domain/reports/report.ts";
import { csvFile } from "./csv-file.ts";
import { devicesOf, type DeviceVisit } from "./device-stream.ts";
import { type BuiltReport, commonOf, figuresOf, type Frame } from "./frame.ts";
import { watchedDevices, type WatchPosition } from "./watchlist.ts";

const rowOf = ({ device, customer }: DeviceVisit): DeviceRow => {
  const reason = worst(device.attention);
  const { name, lastSuccessAt, failuresInRow, usedBytes } = device;
  return {
    device: name,
    customer: customer.name,
    code: reason?.code ?? null,
    since: reason?.since ?? null,
    lastSuccessAt,
    failuresSinceSuccess: failuresInRow,
    usedBytes: Math.max(0, usedBytes),
  };
};
const deviceColumns = [
  "customer_id",
  "customer",
  "device_id",
  "device",
  "kind",
  "state",
  "reasons",
  "since",
  "last_success",
  "last_seen",
  "failures_since_success",
  "used_bytes",
];
const deviceCells = ({ device, customer }: DeviceVisit): Cell[] => [
  customer.id,
  customer.name,
  device.id,
  device.name,
  device.machineKind,
  device.state,
  device.attention.map(({ code }) => code).join(" "),
  worst(device.attention)?.since ?? null,
  device.lastSuccessAt,
  device.lastSeenAt,
  device.failuresInRow,
  device.usedBytes,
];

/** Counts devices and their reasons, and keeps the worst. */
function deviceTally(withCsv: boolean) {
  const rows = largest(rowsAtMost, worstFirst);
  const counts = new Map<AttentionCode, number>();
  const csv = csvFile(withCsv, deviceColumns);
  let [devices, attention, ofDevices, usedBytes] = [0, 0, 0, 0];
  const counted = ({ state }: DeviceRecord): boolean => state !== "pending";
  return {
    add(visit: DeviceVisit): void {
      const { device } = visit;
      rows.add(rowOf(visit));
      csv.add(deviceCells(visit));
      usedBytes += device.usedBytes;
      if (counted(device)) devices += 1;
      if (device.attention.length === 0) return;
      attention += 1;
      if (counted(device)) ofDevices += 1;
      for (const { code } of device.attention) counts.set(code, (counts.get(code) ?? 0) + 1);
    },
    result: () => ({
      ...rows.result(),
      reasons: AttentionCode.options.flatMap((code) => {
        const count = counts.get(code);
        return count === undefined ? [] : [{ code, count }];
      }),
      devices,
      attention,
      ofDevices,
      usedBytes,
      file: csv.result(),
    }),
  };
}

/** Devices of a watchlist that are looked at together. */
const watchPage = 200;

/** The devices of a branch that need attention. */
export async function watchlist(frame: Frame): Promise<BuiltReport> {
  const { open, chain, top, request } = frame;
  const tally = deviceTally(request.withCsv);
  const counts = attentionCounts(top);
  let position: WatchPosition | null = null;
  do {
    const page = await watchedDevices(open(), chain[0], counts, null, watchPage, position);
    for (const { device, path } of page.watched) tally.add({ device, customer: path.at(-1) ?? path[0] });
    position = page.next;
  } while (position !== null);
  const { rows, more, reasons, attention, ofDevices, file } = tally.result();
  const figures = figuresOf(chain, devicesIn(chain), attention, ofDevices);
  return { report: { kind: "watchlist", ...commonOf(frame), figures, reasons, rows, more }, ...file };
}

/** All devices of a branch. */
export async function consolidated(frame: Frame): Promise<BuiltReport> {
  const { open, chain, top, request } = frame;
  const tally = deviceTally(request.withCsv);
  for await (const visit of devicesOf(open, top)) tally.add(visit);
  const { rows, more, reasons, devices, attention, ofDevices, usedBytes, file } = tally.result();
  const figures = { ...figuresOf(chain, devices, attention, ofDevices), usedBytes: Math.max(0, usedBytes) };
  return { report: { kind: "consolidated", ...commonOf(frame), figures, reasons, rows, more }, ...file };
}
