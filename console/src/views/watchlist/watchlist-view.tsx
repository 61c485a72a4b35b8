import { IconShieldCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { Output } from "@tenantry/client";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useNode } from "../../frame/node-context.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { Empty } from "../../parts/states.tsx";
import { Status } from "../../parts/show/status.tsx";
import type { Column } from "../../parts/table/column.ts";
import { DataTable } from "../../parts/table/data-table.tsx";
import { useList } from "../../parts/table/use-list.ts";
import { byRank, toneOf } from "../devices/device-state.tsx";
import type { attentionCodes } from "../devices/route.ts";
import { ReasonChips } from "./reason-chips.tsx";

type Item = Output<"getWatchlist">["items"][number];
const route = getRouteApi("/n/$nodeId/watchlist");

/** The devices of a branch that need attention, with the reason and since when it holds. */
export function WatchlistView() {
  const { t } = useTranslation();
  const node = useNode();
  const { reason } = route.useSearch();
  const navigate = route.useNavigate();
  const columns = useWatchlistColumns();
  const params = { id: node.id };
  const list = useList<Item>(["watchlist", "list", node.id, reason], (cursor, signal) =>
    tenantry.getWatchlist({
      params,
      query: { limit: 100, ...(cursor !== undefined && { cursor }), ...(reason !== undefined && { reason }) },
      signal,
    }),
  );
  const { data: counts } = useQuery({
    queryKey: ["watchlist", "counts", node.id],
    queryFn: async ({ signal }) => (await tenantry.getWatchlist({ params, query: { limit: 1 }, signal })).counts,
  });
  const choose = (next: (typeof attentionCodes)[number] | undefined): void =>
    void navigate({ search: { reason: next } });
  return (
    <DataTable
      id="watchlist"
      label={t("watchlist.list", { name: node.name })}
      columns={columns}
      list={list}
      rowId={({ device }) => device.id}
      filtered={reason !== undefined}
      onClearFilters={() => choose(undefined)}
      filters={counts && <ReasonChips counts={counts} chosen={reason} onChoose={choose} />}
      empty={<Empty icon={IconShieldCheck} title={t("watchlist.emptyTitle")} hint={t("watchlist.emptyHint")} />}
    />
  );
}

function useWatchlistColumns(): Column<Item>[] {
  const { t } = useTranslation();
  return useMemo((): Column<Item>[] => {
    const others = ({ code, device }: Item, separator: string): string =>
      byRank(device.attention)
        .filter((one) => one.code !== code)
        .map((one) => t(`devices.attention.${one.code}`))
        .join(separator);
    const seller = ({ path }: Item): string | null => path.findLast(({ level }) => level === "reseller")?.name ?? null;
    return [
      {
        id: "device",
        header: t("watchlist.columns.device"),
        width: 160,
        grow: true,
        value: ({ device }) => device.name,
        cell: ({ device }) => (
          <Link
            to="/n/$nodeId/devices/$deviceId"
            params={{ nodeId: device.customerId, deviceId: device.id }}
            title={device.name}
            data-name
          >
            {device.name}
          </Link>
        ),
      },
      {
        id: "reason",
        header: t("watchlist.columns.reason"),
        width: 200,
        brief: true,
        value: ({ code }) => t(`devices.attention.${code}`),
        cell: ({ code }) => <Status tone={toneOf(code)} label={t(`devices.attention.${code}`)} />,
      },
      {
        id: "since",
        header: t("watchlist.columns.since"),
        width: 120,
        brief: true,
        value: ({ since }) => since,
        cell: ({ since }) => <Moment at={since} show="short" />,
      },
      {
        id: "others",
        header: t("watchlist.columns.others"),
        width: 170,
        value: (item) => others(item, "; ") || null,
        cell: (item) => <span title={others(item, ", ")}>{others(item, ", ") || "–"}</span>,
      },
      {
        id: "customer",
        header: t("watchlist.columns.customer"),
        width: 170,
        grow: true,
        value: ({ customer }) => customer.name,
        cell: ({ customer, path }) => (
          <Link
            to="/n/$nodeId"
            params={{ nodeId: customer.id }}
            title={path.map(({ name }) => name).join(" › ")}
            data-quiet
          >
            {customer.name}
          </Link>
        ),
      },
      {
        id: "seller",
        header: t("watchlist.columns.seller"),
        width: 150,
        value: seller,
        cell: (item) => seller(item) ?? "–",
      },
      {
        id: "lastBackup",
        header: t("devices.columns.lastBackup"),
        width: 125,
        value: ({ device }) => device.lastSuccessAt,
        cell: ({ device }) => <Moment at={device.lastSuccessAt} show="short" none={t("parts.never")} />,
      },
      {
        id: "lastSeen",
        header: t("devices.columns.lastSeen"),
        width: 125,
        hidden: true,
        value: ({ device }) => device.lastSeenAt,
        cell: ({ device }) => <Moment at={device.lastSeenAt} show="short" none={t("parts.never")} />,
      },
    ];
  }, [t]);
}
