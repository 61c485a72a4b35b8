import { JobType } from "../../domain/devices/job-result.ts";
import { notFound, refuse } from "../../domain/terms/errors.ts";
import {
  periodOf,
  type SetReport,
  type SetReportRow,
  setReportAtMost,
  setReportRow,
  totalsOf,
} from "../../domain/reports/set-report.ts";
import { readSet } from "../devices/backup-sets.ts";
import { readDevice } from "../devices/device-records.ts";
import { loadPlace } from "../hierarchy/pointers.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { deviceKey, setKey } from "../table/keys.ts";
import { jobsOf } from "./job-stream.ts";

/** What is asked of a backup set's report. Times are ISO 8601. */
export interface SetReportQuery {
  from?: string | undefined;
  to?: string | undefined;
  type?: JobType | undefined;
}

/** The reports of backup sets in the caller's branch. */
export const setReportStore = (context: StoreContext) => {
  const { db } = context;
  return {
    /**
     * The jobs of a backup set in a period, all of them or none: a report that is cut somewhere would not say what is missing.
     * @throws DomainError not_found, or invalid_time for an impossible period or one with too many jobs
     */
    async report(id: string, query: SetReportQuery): Promise<SetReport> {
      const now = context.now();
      const period = periodOf(query, now);
      const { chain, read } = await loadPlace(
        context,
        id,
        "backup set",
        false,
        async ({ customerId, accountId, deviceId }) =>
          accountId === null || deviceId === null
            ? []
            : db.getAll([setKey(customerId, accountId, deviceId, id), deviceKey(customerId, accountId, deviceId)]),
      );
      const [setItem, deviceItem] = read;
      if (!setItem || !deviceItem) throw notFound("backup set");
      const [set, device, [customer]] = [readSet(setItem), readDevice(deviceItem), chain];
      const types = query.type === undefined ? JobType.options : [query.type];
      let size = 0;
      const rowsOf = async (type: JobType): Promise<SetReportRow[]> => {
        const rows: SetReportRow[] = [];
        for await (const job of jobsOf(() => db.fresh(), id, type, { ...period, missed: 0 })) {
          const row = setReportRow(job);
          size += Buffer.byteLength(JSON.stringify(row));
          if (size > setReportAtMost)
            throw refuse(
              "invalid_time",
              "from",
              "leaves a period with more jobs than one report holds; ask for a shorter one",
            );
          rows.push(row);
        }
        return rows;
      };
      const jobs = (await Promise.all(types.map(rowsOf))).flat();
      return {
        backupSet: { id, name: set.name },
        device: { id: device.id, name: device.name },
        customer: { id: customer.id, name: customer.name },
        asOf: new Date(now).toISOString(),
        ...period,
        totals: totalsOf(types, jobs),
        jobs,
      };
    },
  };
};
