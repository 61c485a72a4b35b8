import { Button, NativeSelect, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { Section } from "../../parts/section.tsx";
import { Problem } from "../../parts/states.tsx";
import { Status } from "../../parts/show/status.tsx";
import { useList } from "../../parts/table/use-list.ts";
import { type BackupSet, type Device, type Job, recentJobsQuery, setsQuery, timelineDays } from "./data.ts";
import styles from "./device.module.css";

const types = ["backup", "restore", "delete", "replication"] as const;
const dayMs = 86_400_000;
/** Lanes of the timeline: more would hide what is below it. */
const lanesAtMost = 6;

/** What the device has done: the last two weeks at a glance, and all its jobs below. */
export function JobsSection({ device }: { device: Device }) {
  const { t } = useTranslation();
  const [type, setType] = useState<(typeof types)[number] | null>(null);
  const { data: sets } = useQuery(setsQuery(device.id));
  const list = useList<Job>(["devices", "jobs", device.id, type], (cursor, signal) =>
    tenantry.listDeviceJobs({
      params: { id: device.id },
      query: { limit: 10, ...(cursor !== undefined && { cursor }), ...(type !== null && { type }) },
      signal,
    }),
  );
  return (
    <Section
      title={t("devices.jobs.title")}
      actions={
        <NativeSelect
          size="xs"
          aria-label={t("devices.jobs.type")}
          value={type ?? ""}
          data={[
            { value: "", label: t("devices.jobs.allTypes") },
            ...types.map((value) => ({ value, label: t(`devices.jobs.types.${value}`) })),
          ]}
          onChange={(event) => setType(types.find((one) => one === event.currentTarget.value) ?? null)}
        />
      }
    >
      <Timeline device={device} sets={sets ?? []} />
      {list.error !== null && <Problem error={list.error} onRetry={list.reload} />}
      {list.loading && <Skeleton height={120} />}
      {!list.loading && list.error === null && list.rows.length === 0 && (
        <p className={styles.note}>{t("devices.jobs.none")}</p>
      )}
      {list.rows.length > 0 && <JobTable jobs={list.rows} sets={sets ?? []} label={t("devices.jobs.title")} />}
      {list.hasMore && (
        <Button className={styles.more} size="xs" variant="default" loading={list.loadingMore} onClick={list.loadMore}>
          {t("parts.table.more")}
        </Button>
      )}
    </Section>
  );
}

/** The jobs of two weeks as marks, a lane for each backup set. */
function Timeline({ device, sets }: { device: Device; sets: readonly BackupSet[] }) {
  const { t } = useTranslation();
  const { date, dateTime } = useFormats();
  const { data: jobs, dataUpdatedAt } = useQuery(recentJobsQuery(device.id));
  if (!jobs || jobs.length === 0) return null;
  const end = dataUpdatedAt;
  const start = end - timelineDays * dayMs;
  const lanes = [...new Set(jobs.map(({ backupSetId }) => backupSetId))].slice(0, lanesAtMost);
  const share = (at: string): number => Math.max(0, Math.min(100, ((Date.parse(at) - start) / (end - start)) * 100));
  return (
    <div className={styles.lanes} role="img" aria-label={t("devices.jobs.timeline", { count: jobs.length })}>
      {lanes.map((id) => (
        <Lane key={id} name={sets.find((set) => set.id === id)?.name ?? t("devices.jobs.deletedSet")}>
          {jobs
            .filter(({ backupSetId }) => backupSetId === id)
            .map((job) => (
              <span
                key={job.jobId}
                className={`${styles.mark} ${job.status === "succeeded" ? "" : styles[job.status]}`}
                title={`${t(`devices.jobs.types.${job.type}`)}, ${t(`devices.jobs.states.${job.status}`)}, ${dateTime(job.startedAt)}`}
                style={{
                  left: `min(${share(job.startedAt)}%, calc(100% - 4px))`,
                  width: `${share(job.endedAt) - share(job.startedAt)}%`,
                }}
              />
            ))}
        </Lane>
      ))}
      <span />
      <div className={styles.axis}>
        <span>{date(new Date(start).toISOString())}</span>
        <span>{date(new Date((start + end) / 2).toISOString())}</span>
        <span>{t("devices.jobs.today")}</span>
      </div>
    </div>
  );
}

function Lane({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <span className={styles.laneName} title={name}>
        {name}
      </span>
      <div className={styles.lane}>{children}</div>
    </>
  );
}

const tones = { succeeded: "good", warning: "warn", failed: "bad" } as const;

/** Jobs with how each ended, and what went wrong. */
export function JobTable({ jobs, sets, label }: { jobs: readonly Job[]; sets: readonly BackupSet[]; label: string }) {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const duration = (job: Job): string => {
    const minutes = Math.round((Date.parse(job.endedAt) - Date.parse(job.startedAt)) / 60_000);
    return minutes < 1
      ? t("devices.jobs.underMinute")
      : minutes < 90
        ? t("devices.jobs.minutes", { count: minutes })
        : t("devices.jobs.hours", { count: Math.round(minutes / 60) });
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.tableWrap} tabIndex={0} role="group" aria-label={label}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t("devices.jobs.started")}</th>
            <th scope="col">{t("devices.jobs.type")}</th>
            <th scope="col">{t("devices.jobs.state")}</th>
            <th scope="col">{t("devices.jobs.set")}</th>
            <th scope="col">{t("devices.jobs.duration")}</th>
            <th scope="col" className={styles.right}>
              {t("devices.jobs.files")}
            </th>
            <th scope="col" className={styles.right}>
              {t("devices.jobs.amount")}
            </th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <tr key={job.jobId}>
              <td className={styles.tight}>
                <Moment at={job.startedAt} show="dateTime" />
              </td>
              <td>{t(`devices.jobs.types.${job.type}`)}</td>
              <td>
                <Status tone={tones[job.status]} label={t(`devices.jobs.states.${job.status}`)} />
                {job.errors.length > 0 && (
                  <ul className={styles.faults}>
                    {job.errors.map((error) => (
                      <li key={error}>{error}</li>
                    ))}
                  </ul>
                )}
              </td>
              <td>{sets.find(({ id }) => id === job.backupSetId)?.name ?? t("devices.jobs.deletedSet")}</td>
              <td className={styles.tight}>{duration(job)}</td>
              <td className={styles.right}>{number(job.files)}</td>
              <td className={styles.right}>{bytes(job.bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
