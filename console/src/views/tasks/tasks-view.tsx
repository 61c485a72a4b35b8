import { IconListCheck } from "@tabler/icons-react";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNode } from "../../frame/node-context.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { Panel } from "../../parts/dialogs/panel.tsx";
import { Empty } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/column.ts";
import { DataTable } from "../../parts/table/data-table.tsx";
import { type TaskSummary, useTasks } from "./data.ts";
import { TaskDetail } from "./task-detail.tsx";
import { Progress, TaskState } from "./task-state.tsx";

const route = getRouteApi("/n/$nodeId/tasks");

/** Moves, merges and imports that take a while: how far they are, and what became of each row. */
export function TasksView() {
  const { t } = useTranslation();
  const node = useNode();
  const { task } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useTasks(node.id);
  const columns = useMemo(
    (): Column<TaskSummary>[] => [
      {
        id: "type",
        header: t("tasks.columns.type"),
        width: 220,
        grow: true,
        cell: ({ id, type }) => (
          <Link from="/n/$nodeId/tasks" to="." search={{ task: id }} data-name>
            {t(`tasks.types.${type}`)}
          </Link>
        ),
        value: ({ type }) => type,
      },
      {
        id: "status",
        header: t("tasks.columns.status"),
        width: 160,
        brief: true,
        cell: ({ status, cancelRequestedAt }) => <TaskState status={status} cancelling={cancelRequestedAt !== null} />,
        value: ({ status }) => status,
      },
      {
        id: "progress",
        header: t("tasks.columns.progress"),
        width: 200,
        cell: ({ progress }) => <Progress {...progress} />,
        value: ({ progress }) => progress.done,
      },
      {
        id: "failed",
        header: t("tasks.columns.failed"),
        width: 110,
        align: "right",
        cell: ({ progress }) => progress.failed,
        value: ({ progress }) => progress.failed,
      },
      {
        id: "created",
        header: t("tasks.columns.created"),
        width: 190,
        brief: true,
        cell: ({ createdAt }) => <Moment at={createdAt} show="dateTime" />,
        value: ({ createdAt }) => createdAt,
      },
      {
        id: "ended",
        header: t("tasks.columns.ended"),
        width: 190,
        cell: ({ endedAt }) => <Moment at={endedAt} show="dateTime" />,
        value: ({ endedAt }) => endedAt,
      },
    ],
    [t],
  );
  return (
    <>
      <DataTable
        id="tasks"
        label={t("tasks.list", { name: node.name })}
        columns={columns}
        list={list}
        rowId={({ id }) => id}
        empty={<Empty icon={IconListCheck} title={t("tasks.emptyTitle")} hint={t("tasks.emptyHint")} />}
      />
      <Panel
        opened={task !== undefined}
        title={t("tasks.one")}
        size={640}
        onClose={() => void navigate({ search: {} })}
      >
        {task !== undefined && <TaskDetail id={task} onOther={(id) => void navigate({ search: { task: id } })} />}
      </Panel>
    </>
  );
}
