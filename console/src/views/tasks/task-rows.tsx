import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { say } from "../../app/problem.ts";
import { Status, type Tone } from "../../parts/show/status.tsx";
import { Empty } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/column.ts";
import { DataTable } from "../../parts/table/data-table.tsx";
import { wholeList } from "../../parts/table/use-list.ts";
import { IconListCheck } from "@tabler/icons-react";
import { type Task, type TaskRow, useNames } from "./data.ts";
import styles from "./tasks.module.css";

const tones: Record<TaskRow["status"], Tone> = { pending: "calm", succeeded: "good", failed: "bad", skipped: "warn" };

const whyOf = ({ code, message, errors }: TaskRow): string | null => {
  if (errors.length > 0) return errors.map((error) => say({ ...error, code: error.code ?? code })).join(" ");
  return message === null && code === null ? null : say({ code, message });
};

/** What became of each row of a task. */
export function TaskRows({ task }: { task: Task }) {
  const { t } = useTranslation();
  const { rows } = task.result;
  const names = useNames(useMemo(() => rows.map(({ id }) => id), [rows]));
  const columns = useMemo(
    (): Column<TaskRow>[] => [
      {
        id: "name",
        header: t("tasks.row.name"),
        width: 190,
        grow: true,
        cell: ({ id }) => names.get(id) ?? id,
        value: ({ id }) => names.get(id) ?? id,
      },
      {
        id: "status",
        header: t("tasks.columns.status"),
        width: 140,
        brief: true,
        cell: ({ status }) => <Status tone={tones[status]} label={t(`tasks.row.status.${status}`)} />,
        value: ({ status }) => status,
      },
      {
        id: "why",
        header: t("tasks.row.why"),
        width: 240,
        grow: true,
        brief: true,
        cell: (row) => <span title={whyOf(row) ?? undefined}>{whyOf(row) ?? "–"}</span>,
        value: whyOf,
      },
    ],
    [t, names],
  );
  return (
    <div className={styles.rows}>
      <DataTable
        id="task-rows"
        label={t(`tasks.types.${task.type}`)}
        columns={columns}
        list={wholeList(rows, { isPending: false, error: null, refetch: () => undefined })}
        rowId={({ id }) => id}
        empty={<Empty icon={IconListCheck} title={t("tasks.noRows")} hint={t("tasks.noRowsHint")} />}
      />
    </div>
  );
}
