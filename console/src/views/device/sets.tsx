import { Button, Menu, Skeleton } from "@mantine/core";
import { IconDots, IconHistory, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { notify } from "../../parts/dialogs/notify.tsx";
import { Section } from "../../parts/section.tsx";
import { Problem } from "../../parts/states.tsx";
import { useList } from "../../parts/table/use-list.ts";
import { type BackupSet, type Device, type Job, refreshDevices, setsQuery } from "./data.ts";
import styles from "./device.module.css";
import { JobTable } from "./jobs.tsx";
import { useScheduleText } from "./schedule.ts";
import { SetForm } from "./set-form.tsx";
import { SetReport } from "./set-report.tsx";

const route = getRouteApi("/n/$nodeId/devices/$deviceId");

/** What is backed up, when, and how long it is kept. */
export function SetsSection({ device }: { device: Device }) {
  const { t } = useTranslation();
  const may = useMay();
  const { set: shown } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: sets, error, refetch } = useQuery(setsQuery(device.id));
  const [edited, setEdited] = useState<BackupSet | "new" | null>(null);
  const mayChange = may("devices:write") && device.state !== "deleted" && device.state !== "pending";
  const history = sets?.find(({ id }) => id === shown);
  const show = (id: string | undefined): void => void navigate({ search: { set: id } });
  return (
    <Section
      title={t("devices.sets.title")}
      actions={
        mayChange && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlus size={15} aria-hidden />}
            onClick={() => setEdited("new")}
          >
            {t("devices.sets.create")}
          </Button>
        )
      }
    >
      {error !== null && !sets && <Problem error={error} onRetry={() => void refetch()} />}
      {!sets && error === null && <Skeleton height={60} />}
      {sets?.length === 0 && <p className={styles.note}>{t("devices.sets.none")}</p>}
      {sets && sets.length > 0 && (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={styles.tableWrap} tabIndex={0} role="group" aria-label={t("devices.sets.title")}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t("devices.sets.name")}</th>
                <th scope="col">{t("devices.sets.schedule")}</th>
                <th scope="col">{t("devices.sets.include")}</th>
                <th scope="col">{t("devices.sets.keep")}</th>
                <th scope="col">
                  <span className="visually-hidden">{t("devices.actions.more")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {sets.map((set) => (
                <SetRow
                  key={set.id}
                  set={set}
                  mayChange={mayChange}
                  onEdit={() => setEdited(set)}
                  onHistory={() => show(set.id)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Dialog
        opened={edited !== null}
        onClose={() => setEdited(null)}
        title={t(edited === "new" ? "devices.sets.create" : "devices.sets.edit")}
        size="lg"
      >
        {edited !== null && (
          <SetForm device={device} set={edited === "new" ? null : edited} onDone={() => setEdited(null)} />
        )}
      </Dialog>
      <Dialog
        opened={history !== undefined}
        onClose={() => show(undefined)}
        title={t("devices.sets.historyOf", { name: history?.name ?? "" })}
        size="xl"
      >
        {history !== undefined && <History set={history} />}
      </Dialog>
    </Section>
  );
}

interface SetRowProps {
  set: BackupSet;
  mayChange: boolean;
  onEdit: () => void;
  onHistory: () => void;
}

function SetRow({ set, mayChange, onEdit, onHistory }: SetRowProps) {
  const { t } = useTranslation();
  const when = useScheduleText();
  const { retention, selection } = set;
  const kept = [
    retention.days === null ? null : t("devices.sets.days", { count: retention.days }),
    retention.versions === null ? null : t("devices.sets.versions", { count: retention.versions }),
  ].filter((part) => part !== null);
  const remove = (): void =>
    ask({
      title: t("devices.sets.deleteTitle", { name: set.name }),
      body: t("devices.sets.deleteWhy"),
      action: t("devices.actions.delete"),
      dangerous: true,
      name: set.name,
      run: async () => {
        await tenantry.deleteBackupSet({ params: { id: set.id }, query: { confirm: set.name } });
        await refreshDevices();
        notify(t("devices.sets.deleted", { name: set.name }));
      },
    });
  return (
    <tr>
      <td className={styles.setName}>{set.name}</td>
      <td>{when(set.schedule)}</td>
      <td>
        {selection.include.slice(0, 3).join(", ")}
        {selection.include.length > 3 && <> {t("devices.moreReasons", { count: selection.include.length - 3 })}</>}
        {selection.exclude.length > 0 && (
          <div className={styles.small}>{t("devices.sets.without", { paths: selection.exclude.join(", ") })}</div>
        )}
      </td>
      <td>{kept.length === 0 ? t("devices.sets.forEver") : kept.join(", ")}</td>
      <td className={styles.right}>
        <Menu position="bottom-end">
          <Menu.Target>
            <Button
              size="compact-sm"
              variant="subtle"
              color="gray"
              aria-label={t("devices.sets.menu", { name: set.name })}
            >
              <IconDots size={16} aria-hidden />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconHistory size={16} aria-hidden />} onClick={onHistory}>
              {t("devices.sets.history")}
            </Menu.Item>
            {mayChange && (
              <>
                <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={onEdit}>
                  {t("devices.actions.edit")}
                </Menu.Item>
                <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={remove}>
                  {t("devices.actions.delete")}
                </Menu.Item>
              </>
            )}
          </Menu.Dropdown>
        </Menu>
      </td>
    </tr>
  );
}

function History({ set }: { set: BackupSet }) {
  const { t } = useTranslation();
  const list = useList<Job>(["devices", "set-jobs", set.id], (cursor, signal) =>
    tenantry.listSetJobs({
      params: { id: set.id },
      query: { limit: 25, ...(cursor !== undefined && { cursor }) },
      signal,
    }),
  );
  if (list.error !== null) return <Problem error={list.error} onRetry={list.reload} />;
  if (list.loading) return <Skeleton height={160} />;
  if (list.rows.length === 0) return <p className={styles.note}>{t("devices.jobs.none")}</p>;
  return (
    <>
      <SetReport set={set} />
      <JobTable jobs={list.rows} sets={[set]} label={t("devices.sets.historyOf", { name: set.name })} />
      {list.hasMore && (
        <Button className={styles.more} size="xs" variant="default" loading={list.loadingMore} onClick={list.loadMore}>
          {t("parts.table.more")}
        </Button>
      )}
    </>
  );
}
