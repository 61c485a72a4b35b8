import { Button, CloseButton, SegmentedControl, Select, Switch } from "@mantine/core";
import { IconFileExport, IconHistory } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Panel } from "../../parts/dialogs/panel.tsx";
import { Empty } from "../../parts/states.tsx";
import { download } from "../../parts/table/csv.ts";
import { DataTable } from "../../parts/table/data-table.tsx";
import { AccessTable } from "./access-table.tsx";
import { useLogColumns } from "./columns.tsx";
import { exportLog, useLog } from "./data.ts";
import { EntryDetail } from "./entry-detail.tsx";
import styles from "./log.module.css";
import { type FiltersProps, Period } from "./period.tsx";
import type { LogSearch } from "./route.ts";
import { useTypeOptions } from "./types.ts";

const route = getRouteApi("/n/$nodeId/log");

/** Changes, and access for those who may see it. */
export function LogView() {
  const { t } = useTranslation();
  const { view = "changes" } = route.useSearch();
  const navigate = route.useNavigate();
  const may = useMay();
  const access = may("keys:read");
  return (
    <>
      {access && (
        <SegmentedControl
          size="xs"
          className={styles.views}
          aria-label={t("log.viewLabel")}
          value={view}
          data={(["changes", "access"] as const).map((value) => ({ value, label: t(`log.views.${value}`) }))}
          onChange={(value) =>
            void navigate({ search: ({ from, to }) => ({ from, to, view: value === "access" ? "access" : undefined }) })
          }
        />
      )}
      {access && view === "access" ? <AccessTable /> : <Changes />}
    </>
  );
}

function Changes() {
  const { t } = useTranslation();
  const node = useNode();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: Partial<LogSearch>): void =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  const columns = useLogColumns();
  const list = useLog(node.id, search);
  const entry = list.rows.find(({ id }) => id === search.entry);
  const { type, from, to, actor, only, follow } = search;
  return (
    <>
      <DataTable
        id="log"
        label={t("log.list", { name: node.name })}
        columns={columns}
        list={list}
        rowId={({ id }) => id}
        filtered={[type, from, to, actor, only].some((value) => value !== undefined)}
        onClearFilters={() => void navigate({ search: {} })}
        filters={<Filters search={search} onChange={change} />}
        empty={<Empty icon={IconHistory} title={t("log.emptyTitle")} hint={t("log.emptyHint")} />}
      />
      <Panel
        opened={search.entry !== undefined}
        title={entry ? t(`log.types.${entry.type}`) : t("log.area")}
        onClose={() => change({ entry: undefined })}
      >
        {entry ? (
          <EntryDetail entry={entry} onActor={(id) => change({ actor: id, entry: undefined })} />
        ) : (
          <p>{t(list.loading ? "parts.loading" : "log.entry.gone")}</p>
        )}
      </Panel>
      <span className="visually-hidden" aria-live="polite">
        {follow === true ? t("log.filters.followHint") : ""}
      </span>
    </>
  );
}

function Filters({ search, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const node = useNode();
  const types = useTypeOptions();
  const options = useMemo(() => types.map(({ value, label }) => ({ value, label })), [types]);
  const { type, actor, only, follow } = search;
  return (
    <>
      <Select
        size="xs"
        w={240}
        searchable
        clearable
        clearButtonProps={{ "aria-label": t("parts.table.clearFilters") }}
        aria-label={t("log.filters.type")}
        placeholder={t("log.filters.allTypes")}
        data={options}
        value={type ?? null}
        onChange={(value) => onChange({ type: value ?? undefined })}
      />
      <Period search={search} onChange={onChange} />
      {actor !== undefined && (
        <span className={styles.pill}>
          {t("log.filters.actor", { who: `…${actor.slice(-5)}` })}
          <CloseButton
            size="xs"
            aria-label={t("log.filters.actorRemove")}
            onClick={() => onChange({ actor: undefined })}
          />
        </span>
      )}
      <Switch
        size="xs"
        label={t("log.filters.only", { name: node.name })}
        checked={only === "node"}
        onChange={(event) => onChange({ only: event.currentTarget.checked ? "node" : undefined })}
      />
      <Switch
        size="xs"
        label={t("log.filters.follow")}
        title={t("log.filters.followHint")}
        checked={follow === true}
        onChange={(event) => onChange({ follow: event.currentTarget.checked ? true : undefined })}
      />
      <Export search={search} />
    </>
  );
}

function Export({ search }: { search: LogSearch }) {
  const { t } = useTranslation();
  const node = useNode();
  const [busy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      const name = `log-${new Date().toISOString().slice(0, 10)}.jsonl`;
      download(name, await exportLog(node.id, search), "application/x-ndjson");
    } catch (error) {
      notifyProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button
      size="compact-sm"
      variant="subtle"
      color="gray"
      loading={busy}
      leftSection={<IconFileExport size={16} aria-hidden />}
      onClick={() => void run()}
    >
      {t("log.export")}
    </Button>
  );
}
