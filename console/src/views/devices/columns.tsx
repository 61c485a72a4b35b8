import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "../../parts/show/formats.ts";
import { LocationName } from "../../parts/show/location.tsx";
import { Moment } from "../../parts/show/moment.tsx";
import { useRegions } from "../../parts/show/regions.ts";
import type { Column } from "../../parts/table/column.ts";
import type { DeviceRow } from "./data.ts";
import { AttentionCell, byRank, DeviceState } from "./device-state.tsx";

/** The columns of the devices table. */
export function useDeviceColumns(): Column<DeviceRow>[] {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const region = useRegions();
  return useMemo(
    (): Column<DeviceRow>[] => [
      {
        id: "name",
        header: t("devices.columns.name"),
        width: 135,
        grow: true,
        sort: "loaded",
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
        id: "customer",
        header: t("devices.columns.customer"),
        width: 130,
        grow: true,
        sort: "loaded",
        value: ({ customer }) => customer?.name ?? null,
        cell: ({ customer }) =>
          customer ? (
            <Link to="/n/$nodeId" params={{ nodeId: customer.id }} title={customer.name} data-quiet>
              {customer.name}
            </Link>
          ) : (
            "–"
          ),
      },
      {
        id: "account",
        header: t("devices.columns.account"),
        width: 95,
        sort: "loaded",
        value: ({ account }) => account?.username ?? null,
        cell: ({ account, device }) =>
          account ? (
            <Link
              to="/n/$nodeId/accounts/$accountId"
              params={{ nodeId: device.customerId, accountId: account.id }}
              title={account.username}
              data-quiet
            >
              {account.username}
            </Link>
          ) : (
            "–"
          ),
      },
      {
        id: "state",
        header: t("devices.columns.state"),
        width: 118,
        sort: "loaded",
        brief: true,
        value: ({ device }) => device.state,
        cell: ({ device }) => <DeviceState state={device.state} brief />,
      },
      {
        id: "attention",
        header: t("devices.columns.attention"),
        width: 178,
        sort: "loaded",
        brief: true,
        value: ({ device }) =>
          device.attention.length === 0
            ? null
            : byRank(device.attention)
                .map(({ code }) => t(`devices.attention.${code}`))
                .join("; "),
        cell: ({ device }) => <AttentionCell attention={device.attention} />,
      },
      {
        id: "lastSeen",
        header: t("devices.columns.lastSeen"),
        width: 105,
        sort: "loaded",
        value: ({ device }) => device.lastSeenAt,
        cell: ({ device }) => <Moment at={device.lastSeenAt} show="short" none={t("parts.never")} />,
      },
      {
        id: "lastBackup",
        header: t("devices.columns.lastBackup"),
        width: 108,
        sort: "loaded",
        value: ({ device }) => device.lastSuccessAt,
        cell: ({ device }) => <Moment at={device.lastSuccessAt} show="short" none={t("parts.never")} />,
      },
      {
        id: "used",
        header: t("devices.columns.used"),
        width: 92,
        align: "right",
        sort: "loaded",
        value: ({ device }) => device.usedBytes,
        cell: ({ device }) => bytes(device.usedBytes),
      },
      {
        id: "location",
        header: t("devices.columns.location"),
        width: 134,
        sort: "loaded",
        value: ({ device }) => region(device.storageLocation),
        cell: ({ device, customer }) => <LocationName code={device.storageLocation} country={customer?.country} />,
      },
      {
        id: "os",
        header: t("devices.columns.os"),
        width: 180,
        hidden: true,
        sort: "loaded",
        value: ({ device }) => device.os,
        cell: ({ device }) => device.os,
      },
      {
        id: "kind",
        header: t("devices.columns.kind"),
        width: 130,
        hidden: true,
        sort: "loaded",
        value: ({ device }) => t(`devices.kinds.${device.kind}`),
        cell: ({ device }) => t(`devices.kinds.${device.kind}`),
      },
      {
        id: "agent",
        header: t("devices.columns.agent"),
        width: 110,
        hidden: true,
        sort: "loaded",
        value: ({ device }) => device.agentVersion,
        cell: ({ device }) => device.agentVersion ?? "–",
      },
      {
        id: "licence",
        header: t("devices.columns.licence"),
        width: 110,
        hidden: true,
        sort: "loaded",
        value: ({ device }) => device.licensed,
        cell: ({ device }) => t(device.licensed ? "devices.licence.held" : "devices.licence.none"),
      },
      {
        id: "machine",
        header: t("devices.columns.machine"),
        width: 180,
        hidden: true,
        value: ({ device }) => device.machineId,
        cell: ({ device }) => device.machineId,
      },
      {
        id: "created",
        header: t("devices.columns.created"),
        width: 130,
        hidden: true,
        sort: "loaded",
        value: ({ device }) => device.createdAt,
        cell: ({ device }) => <Moment at={device.createdAt} show="date" />,
      },
    ],
    [t, bytes, region],
  );
}
