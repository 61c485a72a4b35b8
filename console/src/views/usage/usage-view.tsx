import { SegmentedControl } from "@mantine/core";
import { IconChartBar } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNode } from "../../frame/node-context.ts";
import { Note, Section } from "../../parts/page.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Empty } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/column.ts";
import { DataTable } from "../../parts/table/data-table.tsx";
import { wholeList } from "../../parts/table/use-list.ts";
import { sells } from "../add/levels.ts";
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
  // Who sells stores nothing itself: there it is what all below have.
  const ofBranch = sells(useNode().level);
  const columns = useUsageColumns(unit, ofBranch);
  return (
    <>
      {rows !== undefined && rows.length > 0 && <Chart rows={rows.toReversed()} unit={unit} ofBranch={ofBranch} />}
      <DataTable
        id={ofBranch ? "branch-usage" : "usage"}
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

function Chart({ rows, unit, ofBranch }: { rows: readonly UsageRow[]; unit: Unit; ofBranch: boolean }) {
  const { t } = useTranslation();
  const { bytes, period: write } = useFormats();
  const bars = rows.map(({ period, averageBytes, peakBytes, branch }) => ({
    period,
    value: ofBranch ? branch.usedBytes : averageBytes,
    most: ofBranch ? branch.usedBytes : peakBytes,
  }));
  const last = bars.at(-1);
  return (
    <Section title={t("usage.chart")} description={t(ofBranch ? "usage.branchChartHint" : "usage.chartHint")}>
      <Bars
        label={t(ofBranch ? "usage.branchChartLabel" : "usage.chartLabel", {
          from: write(bars[0]?.period ?? ""),
          to: write(last?.period ?? ""),
          amount: bytes(last?.value ?? 0),
        })}
        bars={bars.map(({ period, value, most }) => ({
          name: write(period, true),
          value,
          most,
          title: ofBranch
            ? `${write(period)}: ${bytes(value)}`
            : t("usage.bar", { period: write(period), mean: bytes(value), peak: bytes(most) }),
        }))}
      />
      {rows.some(({ missingDays }) => missingDays > 0) && unit === "month" && <Note>{t("usage.missingHint")}</Note>}
    </Section>
  );
}

function useUsageColumns(unit: Unit, ofBranch: boolean): Column<UsageRow>[] {
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
      ...(ofBranch
        ? [figure("branchBytes", 160, (row) => row.branch.usedBytes, bytes, { brief: true })]
        : [
            figure("averageBytes", 120, (row) => row.averageBytes, bytes, { hidden: unit === "day" }),
            figure("endBytes", 130, (row) => row.endBytes, bytes, { brief: true }),
            figure("peakBytes", 120, (row) => row.peakBytes, bytes),
            figure("devices", 90, devices, number),
            figure("licences", 100, (row) => row.licences, number),
          ]),
      figure("branchDevices", 170, (row) => row.branch.devices, number, { hidden: !ofBranch }),
      figure("chargedDays", 120, (row) => row.chargedDays, number),
      figure("missingDays", 130, (row) => row.missingDays, number, { hidden: unit === "day" }),
      ...(ofBranch ? [] : [figure("branchBytes", 140, (row) => row.branch.usedBytes, bytes)]),
    ];
  }, [t, bytes, number, write, unit, ofBranch]);
}
