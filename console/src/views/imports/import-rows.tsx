import { Switch } from "@mantine/core";
import { IconListCheck } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { say } from "../../app/problem.ts";
import { Empty } from "../../parts/states.tsx";
import { Status, type Tone } from "../../parts/show/status.tsx";
import type { Column } from "../../parts/table/column.ts";
import { DataTable } from "../../parts/table/data-table.tsx";
import { type Import, type ImportRow, useImportRows } from "./data.ts";

const tones: Record<ImportRow["status"], Tone> = {
  pending: "calm",
  skipped: "warn",
  created: "good",
  updated: "good",
  unchanged: "calm",
  failed: "bad",
};

function problemOf({ code, errors, message }: ImportRow): string | null {
  if (errors.length === 0) return message === null && code === null ? null : say({ code, message });
  return errors
    .map((error) => [error.path, say({ ...error, code: error.code ?? code })].filter((part) => part !== "").join(": "))
    .join("; ");
}
const written = (value: unknown): string =>
  value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);

interface ImportRowsProps {
  one: Import;
  onlyFailed: boolean;
  onOnlyFailed: (only: boolean) => void;
}

/** The rows of the file as they are, with what became of each, or would. */
export function ImportRows({ one, onlyFailed, onOnlyFailed }: ImportRowsProps) {
  const { t } = useTranslation();
  const list = useImportRows(one, onlyFailed);
  const [first] = list.rows;
  // A row of JSON lines names its fields itself.
  const names = useMemo(
    () => (one.columns.length > 0 ? one.columns.map(({ name }) => name) : Object.keys(first?.row ?? {})),
    [one.columns, first],
  );
  const columns = useMemo(
    (): Column<ImportRow>[] => [
      {
        id: "_line",
        header: t("imports.row.line"),
        width: 72,
        cell: ({ line, externalRef, kind }) => (
          <span title={[kind, externalRef].filter(Boolean).join(" ")}>{line}</span>
        ),
        value: ({ line }) => line,
      },
      {
        id: "_result",
        header: t(one.dryRun ? "imports.row.would" : "imports.row.result"),
        width: 150,
        brief: true,
        cell: ({ status }) => (
          <Status
            tone={tones[status]}
            label={t(
              one.dryRun && (status === "created" || status === "updated")
                ? `imports.row.dry.${status}`
                : `imports.row.status.${status}`,
            )}
          />
        ),
        value: ({ status }) => status,
      },
      {
        id: "_problem",
        header: t("imports.row.problem"),
        width: 300,
        grow: true,
        brief: true,
        cell: (row) => <span title={problemOf(row) ?? undefined}>{problemOf(row) ?? "–"}</span>,
        value: problemOf,
      },
      ...names.map((name): Column<ImportRow> => ({
        id: name,
        header: name,
        width: 150,
        cell: ({ row }) => written(row[name]),
        value: ({ row }) => written(row[name]),
      })),
    ],
    [t, names, one.dryRun],
  );
  return (
    <DataTable
      id="import-rows"
      label={t("imports.row.list")}
      columns={columns}
      list={list}
      rowId={({ line }) => String(line)}
      filtered={onlyFailed}
      onClearFilters={() => onOnlyFailed(false)}
      filters={
        <Switch
          size="xs"
          label={t("imports.row.onlyFailed")}
          checked={onlyFailed}
          onChange={(event) => onOnlyFailed(event.currentTarget.checked)}
        />
      }
      empty={<Empty icon={IconListCheck} title={t("imports.row.none")} hint={t("imports.row.noneHint")} />}
    />
  );
}
