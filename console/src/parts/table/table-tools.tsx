import { ActionIcon, Button, Checkbox, Menu, Tooltip } from "@mantine/core";
import { IconColumns3, IconDownload, IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { notifyProblem } from "../notify.tsx";
import type { Column } from "./column.ts";
import { download, toCsv } from "./csv.ts";
import styles from "./data-table.module.css";
import type { useColumns } from "./use-columns.ts";
import type { List } from "./use-list.ts";

interface TableToolsProps<Row> {
  id: string;
  list: List<Row>;
  columns: readonly Column<Row>[];
  choice: ReturnType<typeof useColumns<Row>>;
}

/** Reload, choice of columns and CSV, at the right above a table. */
export function TableTools<Row>({ id, list, columns, choice }: TableToolsProps<Row>) {
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
      <Menu closeOnItemClick={false} position="bottom-end">
        <Menu.Target>
          <ActionIcon size="md" aria-label={t("parts.table.columns")} title={t("parts.table.columns")}>
            <IconColumns3 size={17} stroke={1.7} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t("parts.table.columns")}</Menu.Label>
          {columns.map((column, index) => (
            <Menu.Item
              key={column.id}
              role="menuitemcheckbox"
              aria-checked={choice.isShown(column)}
              disabled={index === 0 || column.fixed === true}
              leftSection={<Checkbox.Indicator size="xs" checked={choice.isShown(column)} />}
              onClick={() => choice.toggle(column.id)}
            >
              {column.header}
            </Menu.Item>
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
        size="compact-md"
        variant="subtle"
        color="gray"
        leftSection={<IconDownload size={17} stroke={1.7} />}
        loading={exporting}
        disabled={list.loading || list.rows.length === 0}
        title={t("parts.table.csv")}
        onClick={() => void exportAll()}
      >
        {t("parts.table.csvShort")}
      </Button>
    </div>
  );
}
