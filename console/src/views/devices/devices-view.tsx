import { NativeSelect } from "@mantine/core";
import { IconDevices } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { Empty } from "../../parts/states.tsx";
import { DataTable } from "../../parts/table/data-table.tsx";
import { FilterText } from "../../parts/table/filter-text.tsx";
import { BulkBar } from "./bulk-bar.tsx";
import { useDeviceColumns } from "./columns.tsx";
import { type DeviceRow, useDevices } from "./data.ts";
import { attentionCodes, deviceStates } from "./route.ts";

const route = getRouteApi("/n/$nodeId/devices");
const noIds: ReadonlySet<string> = new Set();

/** The devices of a customer's whole branch, those that need attention first. */
export function DevicesView() {
  const { t } = useTranslation();
  const node = useNode();
  const may = useMay();
  const { name, state, attention, sort } = route.useSearch();
  const navigate = route.useNavigate();
  const columns = useDeviceColumns();
  const list = useDevices(node, { name, state, attention });
  const [ids, setIds] = useState(noIds);
  const ticked = useMemo(() => list.rows.filter(({ device }) => ids.has(device.id)), [list.rows, ids]);
  return (
    <DataTable
      id="devices"
      label={t("devices.list", { name: node.name })}
      columns={columns}
      list={list}
      rowId={({ device }) => device.id}
      sort={sort}
      onSort={(next) => void navigate({ search: (before) => ({ ...before, sort: next }), replace: true })}
      filtered={name !== undefined || state !== undefined || attention !== undefined}
      onClearFilters={() => void navigate({ search: ({ sort: kept }) => ({ sort: kept }) })}
      {...(may("devices:write") && {
        selection: { ids, onChange: setIds, nameOf: ({ device }: DeviceRow) => device.name },
      })}
      filters={
        ticked.length > 0 ? (
          <BulkBar rows={ticked} nodeId={node.id} onDone={() => setIds(noIds)} />
        ) : (
          <>
            <FilterText
              label={t("devices.filter")}
              value={name}
              onChange={(next) => void navigate({ search: (before) => ({ ...before, name: next }), replace: true })}
            />
            <NativeSelect
              size="xs"
              aria-label={t("devices.columns.state")}
              value={state ?? ""}
              data={[
                { value: "", label: t("devices.allStates") },
                ...deviceStates.map((value) => ({ value, label: t(`terms.states.${value}`) })),
              ]}
              onChange={(event) => {
                const chosen = deviceStates.find((one) => one === event.currentTarget.value);
                void navigate({ search: (before) => ({ ...before, state: chosen }) });
              }}
            />
            <NativeSelect
              size="xs"
              aria-label={t("devices.columns.attention")}
              value={attention === true ? "any" : (attention ?? "")}
              data={[
                { value: "", label: t("devices.attentionFilter.all") },
                { value: "any", label: t("devices.attentionFilter.any") },
                ...attentionCodes.map((value) => ({ value, label: t(`devices.attention.${value}`) })),
              ]}
              onChange={(event) => {
                const { value } = event.currentTarget;
                const chosen = value === "any" ? true : attentionCodes.find((one) => one === value);
                void navigate({ search: (before) => ({ ...before, attention: chosen }) });
              }}
            />
          </>
        )
      }
      empty={
        <Empty icon={IconDevices} title={t("devices.emptyTitle")} hint={t("devices.emptyHint", { name: node.name })} />
      }
    />
  );
}
