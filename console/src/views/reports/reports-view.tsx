import { Button } from "@mantine/core";
import { IconPlayerPause, IconPlus, IconReport } from "@tabler/icons-react";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { Panel } from "../../parts/dialogs/panel.tsx";
import { Empty } from "../../parts/states.tsx";
import { Status } from "../../parts/show/status.tsx";
import type { Column } from "../../parts/table/column.ts";
import { DataTable } from "../../parts/table/data-table.tsx";
import { type Subscription, useSubscriptions } from "./data.ts";
import { PreviewDialog } from "./preview.tsx";
import { ReportAdd } from "./report-add.tsx";
import { ReportDetail } from "./report-detail.tsx";
import { useSchedule } from "./schedule-text.ts";

const route = getRouteApi("/n/$nodeId/reports");

/** Who gets which report on a branch, and when. */
export function ReportsView() {
  const { t } = useTranslation();
  const node = useNode();
  const may = useMay();
  const { report, add = false, preview = false, to } = route.useSearch();
  const navigate = route.useNavigate();
  const schedule = useSchedule();
  const list = useSubscriptions(node.id);
  const columns = useMemo(
    (): Column<Subscription>[] => [
      {
        id: "kind",
        header: t("reports.fields.kind"),
        width: 240,
        grow: true,
        sort: "loaded",
        cell: ({ id, kind }) => (
          <Link from="/n/$nodeId/reports" to="." search={{ report: id }} data-name>
            {t(`reports.kinds.${kind}`)}
          </Link>
        ),
        value: ({ kind }) => t(`reports.kinds.${kind}`),
      },
      {
        id: "state",
        header: t("users.fields.state"),
        width: 130,
        brief: true,
        cell: ({ active }) =>
          active ? (
            <Status tone="good" label={t("reports.on")} />
          ) : (
            <Status tone="calm" icon={IconPlayerPause} label={t("reports.paused")} />
          ),
        value: ({ active }) => active,
      },
      {
        id: "schedule",
        header: t("reports.fields.schedule"),
        width: 230,
        brief: true,
        cell: (one) => <span title={one.timezone}>{schedule(one)}</span>,
        value: schedule,
      },
      {
        id: "recipients",
        header: t("reports.fields.recipients"),
        width: 280,
        grow: true,
        cell: ({ recipients }) => recipients.map(({ emailDisplay }) => emailDisplay).join(", "),
        value: ({ recipients }) => recipients.map(({ email }) => email).join(" "),
      },
      {
        id: "next",
        header: t("reports.fields.next"),
        width: 170,
        cell: ({ nextRunAt }) => <Moment at={nextRunAt} />,
        value: ({ nextRunAt }) => nextRunAt,
      },
    ],
    [t, schedule],
  );
  const close = (): void => void navigate({ search: {} });
  return (
    <>
      <DataTable
        id="reports"
        label={t("reports.list", { name: node.name })}
        columns={columns}
        list={list}
        rowId={({ id }) => id}
        filters={
          may("reports:write") &&
          node.deletedAt === null && (
            <Button
              size="xs"
              leftSection={<IconPlus size={15} aria-hidden />}
              onClick={() => void navigate({ search: { add: true } })}
            >
              {t("reports.add")}
            </Button>
          )
        }
        empty={<Empty icon={IconReport} title={t("reports.emptyTitle")} hint={t("reports.emptyHint")} />}
      />
      <Panel opened={add} title={t("reports.addTitle", { name: node.name })} onClose={close}>
        <ReportAdd onClose={close} onMade={({ id }) => void navigate({ search: { report: id } })} />
      </Panel>
      <Panel opened={report !== undefined} title={t("reports.one")} size={640} onClose={close}>
        {report !== undefined && (
          <ReportDetail
            key={report}
            id={report}
            onGone={close}
            onPreview={(end) => void navigate({ search: { report, preview: true, to: end } })}
          />
        )}
      </Panel>
      {report !== undefined && (
        <PreviewDialog id={report} to={to} opened={preview} onClose={() => void navigate({ search: { report } })} />
      )}
    </>
  );
}
