import { ActionIcon, Button, Menu, Tooltip } from "@mantine/core";
import {
  IconArrowDown,
  IconArrowsSort,
  IconArrowUp,
  IconColumns3,
  IconDownload,
  IconRefresh,
} from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { notifyProblem } from "../dialogs/notify.tsx";
import { type Column, isDescending, nextSort, type Sort, sortColumn } from "./column.ts";
import { download, toCsv } from "./csv.ts";
import styles from "./data-table.module.css";
import type { useColumns } from "./use-columns.ts";
import type { List } from "./use-list.ts";

interface TableToolsProps<Row> {
  id: string;
  list: List<Row>;
  columns: readonly Column<Row>[];
  choice: ReturnType<typeof useColumns<Row>>;
  /** Where there are no heads of columns to sort by. */
  sorting?: { sort: Sort | undefined; onSort: ((sort: Sort | undefined) => void) | undefined } | undefined;
}

/** Reload, choice of columns and CSV, at the right above a table. */
export function TableTools<Row>({ id, list, columns, choice, sorting }: TableToolsProps<Row>) {
  const { t } = useTranslation();
  const [exporting, setExporting] = useState(false);
  const exportAll = async (): Promise<void> => {
    setExporting(true);
    try {
      download(`${id}-${new Date().toISOString().slice(0, 10)}.csv`, toCsv(choice.shown, await list.loadAll()));
    } catch (error) {
      notifyProblem(error);
    } finally {
      setExporting(false);
    }
  };
  return (
    <div className={styles.tools}>
      <Tooltip label={t("parts.table.refresh")}>
        <ActionIcon size="md" onClick={list.reload} aria-label={t("parts.table.refresh")}>
          <IconRefresh size={17} stroke={1.7} />
        </ActionIcon>
      </Tooltip>
      {sorting?.onSort && (
        <Menu position="bottom-end" closeOnItemClick={false}>
          <Menu.Target>
            <ActionIcon size="md" aria-label={t("parts.table.sort")} title={t("parts.table.sort")}>
              <IconArrowsSort size={17} stroke={1.7} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {columns
              .filter((column) => column.sort !== undefined)
              .map((column) => {
                const active = sortColumn(sorting.sort) === column.id;
                const Arrow = isDescending(sorting.sort) ? IconArrowDown : IconArrowUp;
                return (
                  <Menu.Item
                    key={column.id}
                    rightSection={active && <Arrow size={14} aria-hidden />}
                    onClick={() => sorting.onSort?.(nextSort(sorting.sort, column.id))}
                  >
                    {column.header}
                  </Menu.Item>
                );
              })}
          </Menu.Dropdown>
        </Menu>
      )}
      <Menu closeOnItemClick={false} position="bottom-end">
        <Menu.Target>
          <ActionIcon size="md" aria-label={t("parts.table.columns")} title={t("parts.table.columns")}>
            <IconColumns3 size={17} stroke={1.7} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t("parts.table.columns")}</Menu.Label>
          {columns.map((column, index) => (
            <Menu.CheckboxItem
              key={column.id}
              checked={choice.isShown(column)}
              disabled={index === 0 || column.fixed === true}
              onChange={() => choice.toggle(column.id)}
            >
              {column.header}
            </Menu.CheckboxItem>
          ))}
          {choice.isOwn && (
            <>
              <Menu.Divider />
              <Menu.Item onClick={choice.reset}>{t("parts.table.columnsReset")}</Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <Button
        size="compact-sm"
        variant="subtle"
        color="gray"
        leftSection={<IconDownload size={17} stroke={1.7} />}
        loading={exporting}
        disabled={list.loading || list.rows.length === 0}
        title={t("parts.table.csv")}
        aria-label={t("parts.table.csv")}
        onClick={() => void exportAll()}
      >
        <span className={styles.wideOnly}>{t("parts.table.csvShort")}</span>
      </Button>
    </div>
  );
}
