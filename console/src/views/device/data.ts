import { queryOptions } from "@tanstack/react-query";
import type { Output, Schemas } from "@tenantry/client";
import { queryClient, tenantry } from "../../app/api.ts";

export type Device = Schemas["Device"];
export type BackupSet = Schemas["BackupSet"];
export type Job = Schemas["JobResult"];
export type Admission = Output<"explainAdmission">;
export type Reason = Admission["reasons"][number];

export const deviceQuery = (id: string) =>
  queryOptions({
    queryKey: ["devices", "one", id],
    queryFn: ({ signal }) => tenantry.getDevice({ params: { id }, signal }),
  });

export const admissionQuery = (id: string) =>
  queryOptions({
    queryKey: ["devices", "admission", id],
    queryFn: ({ signal }) => tenantry.explainAdmission({ params: { id }, signal }),
    staleTime: 0,
  });

export const settingsQuery = (id: string) =>
  queryOptions({
    queryKey: ["devices", "settings", id],
    queryFn: ({ signal }) => tenantry.getDeviceEffectiveSettings({ params: { id }, signal }),
  });

export const setsQuery = (deviceId: string) =>
  queryOptions({
    queryKey: ["devices", "sets", deviceId],
    queryFn: async ({ signal }) => (await tenantry.listBackupSets({ query: { deviceId }, signal })).items,
  });

export const accountQuery = (id: string) =>
  queryOptions({
    queryKey: ["accounts", "one", id],
    queryFn: ({ signal }) => tenantry.getAccount({ params: { id }, signal }),
  });

/** How far back the timeline looks. */
export const timelineDays = 14;

/** The jobs of the last two weeks, newest first. */
export const recentJobsQuery = (id: string) =>
  queryOptions({
    queryKey: ["devices", "recent-jobs", id],
    queryFn: async ({ signal }) => {
      const since = new Date(Date.now() - timelineDays * 86_400_000).toISOString();
      const jobs: Job[] = [];
      let cursor: string | null | undefined;
      do {
        const query = { limit: 200, ...(typeof cursor === "string" && { cursor }) };
        const page = await tenantry.listDeviceJobs({ params: { id }, query, signal });
        jobs.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null && (jobs.at(-1)?.startedAt ?? "") >= since);
      return jobs.filter(({ startedAt }) => startedAt >= since);
    },
  });

/** To be called after a device or something of it was changed. */
export const refreshDevices = async (): Promise<void> => {
  await Promise.all(
    [["devices"], ["accounts"], ["watchlist"], ["search"]].map((queryKey) =>
      queryClient.invalidateQueries({ queryKey }),
    ),
  );
};
