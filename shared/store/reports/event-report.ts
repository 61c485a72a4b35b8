import { eventNamesAtMost, type EventRow, rowsAtMost } from "../../domain/reports/report.ts";
import { logEntries } from "../access/log-pages.ts";
import { csvFile } from "./csv-file.ts";
import { type BuiltReport, commonOf, countedFigures, type Frame } from "./frame.ts";

/** What happened in a branch in a period, grouped. */
export async function eventLog(frame: Frame): Promise<BuiltReport> {
  const { open, chain, request } = frame;
  const groups = new Map<string, EventRow>();
  let events = 0;
  const csv = csvFile(request.withCsv, [
    "at",
    "type",
    "node_id",
    "node",
    "actor_kind",
    "actor_id",
    "request_id",
    "reason",
  ]);
  for await (const entry of logEntries(open, chain[0].id, request.period)) {
    events += 1;
    const { at, type, node, actor, requestId, reason } = entry;
    csv.add([at, type, node.id, node.name, actor.kind, actor.id, requestId, reason]);
    const group = groups.get(type) ?? { type, count: 0, lastAt: at, names: [], actors: {} };
    groups.set(type, group);
    group.count += 1;
    group.actors[actor.kind] = (group.actors[actor.kind] ?? 0) + 1;
    if (group.names.length < eventNamesAtMost && !group.names.includes(node.name)) group.names.push(node.name);
  }
  const all = [...groups.values()].toSorted(
    (one, other) => other.count - one.count || (one.type < other.type ? -1 : 1),
  );
  const [rows, more] = [all.slice(0, rowsAtMost), Math.max(0, all.length - rowsAtMost)];
  const figures = countedFigures(frame);
  return { report: { kind: "event-log", ...commonOf(frame), figures, events, rows, more }, ...csv.result() };
}
