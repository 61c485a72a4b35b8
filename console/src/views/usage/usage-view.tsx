import { SegmentedControl } from "@mantine/core";
import { IconChartBar } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Note, Section } from "../../parts/page.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Empty } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/column.ts";
import { DataTable } from "../../parts/table/data-table.tsx";
import { wholeList } from "../../parts/table/use-list.ts";
import { Bars } from "./bars.tsx";
import { type Unit, type UsageRow, usageQuery } from "./data.ts";

const route = getRouteApi("/n/$nodeId/usage");

/** What a customer used, from its ledger: as bars, and as figures. */
export function UsageView() {
  const { t } = useTranslation();
  const { nodeId } = route.useParams();
  const { unit = "month" } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(usageQuery(nodeId, unit));
  const rows = useMemo(() => query.data?.items.toReversed(), [query.data]);
  const columns = useUsageColumns(unit);
  return (
    <>
      {rows !== undefined && rows.length > 0 && <Chart rows={rows.toReversed()} unit={unit} />}
      <DataTable
        id="usage"
        label={t("usage.area")}
        columns={columns}
        list={wholeList(rows, query)}
        rowId={({ period }) => period}
        filters={
          <SegmentedControl
            size="xs"
            aria-label={t("usage.unit")}
            value={unit}
            data={[
              { value: "month", label: t("usage.months") },
              { value: "day", label: t("usage.days") },
            ]}
            onChange={(value) =>
              void navigate({ search: { unit: value === "day" ? "day" : undefined }, replace: true })
            }
          />
        }
        empty={<Empty icon={IconChartBar} title={t("usage.none")} hint={t("usage.noneHint")} />}
      />
    </>
  );
}

function Chart({ rows, unit }: { rows: readonly UsageRow[]; unit: Unit }) {
  const { t } = useTranslation();
  const { bytes, period: write } = useFormats();
  return (
    <Section title={t("usage.chart")} description={t("usage.chartHint")}>
      <Bars
        label={t("usage.chartLabel", {
          from: write(rows[0]?.period ?? ""),
          to: write(rows.at(-1)?.period ?? ""),
          amount: bytes(rows.at(-1)?.averageBytes ?? 0),
        })}
        bars={rows.map(({ period, averageBytes, peakBytes }) => ({
          name: write(period, true),
          value: averageBytes,
          most: peakBytes,
          title: t("usage.bar", { period: write(period), mean: bytes(averageBytes), peak: bytes(peakBytes) }),
        }))}
      />
      {rows.some(({ missingDays }) => missingDays > 0) && unit === "month" && <Note>{t("usage.missingHint")}</Note>}
    </Section>
  );
}

function useUsageColumns(unit: Unit): Column<UsageRow>[] {
  const { t } = useTranslation();
  const { bytes, number, period: write } = useFormats();
  return useMemo((): Column<UsageRow>[] => {
    const figure = (
      id: string,
      width: number,
      of: (row: UsageRow) => number,
      format: (value: number) => string,
      more: Partial<Column<UsageRow>> = {},
    ): Column<UsageRow> => ({
      id,
      header: t(`usage.columns.${id as "endBytes"}`),
      width,
      align: "right",
      sort: "loaded",
      value: of,
      cell: (row) => format(of(row)),
      ...more,
    });
    const devices = ({ devices: byKind }: UsageRow): number =>
      Object.values(byKind).reduce((sum, count) => sum + (count ?? 0), 0);
    return [
      {
        id: "period",
        header: t(unit === "month" ? "usage.month" : "usage.day"),
        width: 150,
        grow: true,
        sort: "loaded",
        value: ({ period }) => period,
        cell: ({ period }) => write(period),
      },
      figure("averageBytes", 120, (row) => row.averageBytes, bytes, { hidden: unit === "day" }),
      figure("endBytes", 130, (row) => row.endBytes, bytes, { brief: true }),
      figure("peakBytes", 120, (row) => row.peakBytes, bytes),
      figure("devices", 90, devices, number),
      figure("licences", 100, (row) => row.licences, number),
      figure("chargedDays", 120, (row) => row.chargedDays, number),
      figure("missingDays", 130, (row) => row.missingDays, number, { hidden: unit === "day" }),
      figure("branchBytes", 140, (row) => row.branch.usedBytes, bytes),
      figure("branchDevices", 160, (row) => row.branch.devices, number, { hidden: true }),
    ];
  }, [t, bytes, number, write, unit]);
}
