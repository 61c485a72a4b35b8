import { IconLockAccess } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNode } from "../../frame/node-context.ts";
import { Actor } from "../../parts/show/actor.tsx";
import { Moment } from "../../parts/show/moment.tsx";
import { Empty } from "../../parts/states.tsx";
import { Status, type Tone } from "../../parts/show/status.tsx";
import type { Column } from "../../parts/table/column.ts";
import { DataTable } from "../../parts/table/data-table.tsx";
import { type AccessLine, useAccess } from "./data.ts";
import { Period } from "./period.tsx";

const route = getRouteApi("/n/$nodeId/log");

const tones: Record<AccessLine["type"], Tone> = {
  LoginSucceeded: "good",
  LoginFailed: "warn",
  SecondFactorFailed: "warn",
  SessionEnded: "calm",
  CredentialRefused: "bad",
  PermissionRefused: "warn",
  RateLimited: "bad",
};

/** Logins, and what was refused. */
export function AccessTable() {
  const { t } = useTranslation();
  const node = useNode();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const list = useAccess(node.id, search, true);
  const columns = useMemo(
    (): Column<AccessLine>[] => [
      {
        id: "what",
        header: t("log.access.columns.what"),
        width: 190,
        cell: ({ type }) => <Status tone={tones[type]} label={t(`log.access.types.${type}`)} />,
        value: ({ type }) => type,
      },
      {
        id: "who",
        header: t("log.access.columns.who"),
        width: 180,
        grow: true,
        brief: true,
        cell: ({ credential }) => (credential ? <Actor actor={credential} /> : t("log.access.nobody")),
        value: ({ credential }) => credential?.id ?? null,
      },
      {
        id: "ip",
        header: t("log.access.columns.ip"),
        width: 140,
        cell: ({ sourceIp }) => sourceIp ?? "–",
        value: ({ sourceIp }) => sourceIp,
      },
      {
        id: "operation",
        header: t("log.access.columns.operation"),
        width: 150,
        cell: ({ operation }) => operation ?? "–",
        value: ({ operation }) => operation,
      },
      {
        id: "why",
        header: t("log.access.columns.why"),
        width: 170,
        cell: ({ reason }) => reason ?? "–",
        value: ({ reason }) => reason,
      },
      {
        id: "count",
        header: t("log.access.columns.count"),
        width: 80,
        align: "right",
        cell: ({ count }) => count,
        value: ({ count }) => count,
      },
      {
        id: "at",
        header: t("log.access.columns.at"),
        width: 190,
        brief: true,
        cell: ({ lastAt }) => <Moment at={lastAt} show="dateTime" />,
        value: ({ lastAt }) => lastAt,
      },
    ],
    [t],
  );
  return (
    <DataTable
      id="access"
      label={t("log.access.list", { name: node.name })}
      columns={columns}
      list={list}
      rowId={({ at, type, requestId }) => `${at} ${type} ${requestId}`}
      filtered={search.from !== undefined || search.to !== undefined}
      onClearFilters={() => void navigate({ search: { view: "access" } })}
      filters={
        <Period
          search={search}
          onChange={(next) => void navigate({ search: (before) => ({ ...before, ...next }), replace: true })}
        />
      }
      empty={<Empty icon={IconLockAccess} title={t("log.access.emptyTitle")} hint={t("log.access.emptyHint")} />}
    />
  );
}
