import { NativeSelect } from "@mantine/core";
import { IconChartPie } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { useForm } from "../../parts/form/use-form.ts";
import { Empty } from "../../parts/states.tsx";
import { DataTable } from "../../parts/table/data-table.tsx";
import { useList } from "../../parts/table/use-list.ts";
import { useAllocationColumns } from "./columns.tsx";
import { type Allocation, changesAtMost, depthsOf, type EditedField, type Edits, freeOf, withEdit } from "./plan.ts";
import { rowKinds } from "./route.ts";
import { SavePanel } from "./save-panel.tsx";

const route = getRouteApi("/n/$nodeId/allocations");
const begun: { edits: Edits } = { edits: {} };

/** Space and licences of a customer and all that stands below it: changed in place, many in one step, with what is free before anything is saved. */
export function AllocationsView() {
  const node = useNode();
  return <Allocations key={node.id} />;
}

function Allocations() {
  const { t } = useTranslation();
  const node = useNode();
  const may = useMay();
  const { downTo = "customer" } = route.useSearch();
  const navigate = route.useNavigate();
  const form = useForm<{ edits: Edits }>({ id: `allocations.${node.id}`, initial: begun });
  const { edits } = form.values;
  const [faults, setFaults] = useState<ReadonlySet<string>>(new Set());
  const list = useList<Allocation>(["allocations", "list", node.id, downTo], (cursor, signal) =>
    tenantry.getAllocations({
      params: { id: node.id },
      query: { limit: 100, downTo, ...(cursor !== undefined && { cursor }) },
      signal,
    }),
  );
  const free = useMemo(() => freeOf(list.rows, edits), [list.rows, edits]);
  const depths = useMemo(() => depthsOf(list.rows), [list.rows]);
  const isFull = Object.keys(edits).length >= changesAtMost;
  const mayEdit = may("customers:write");
  const columns = useAllocationColumns({
    edits,
    free,
    depths,
    faults,
    // Nobody sets the own limits: the level above does.
    mayEdit: (row) =>
      mayEdit &&
      row.deletedAt === null &&
      !(row.id === node.id && node.parentId === null) &&
      (!isFull || edits[row.id] !== undefined),
    edit(row: Allocation, field: EditedField, value: number | null) {
      form.set("edits", withEdit(edits, row, field, value));
      setFaults(new Set());
    },
  });
  return (
    <>
      <DataTable
        id="allocations"
        label={t("allocations.list", { name: node.name })}
        columns={columns}
        list={list}
        rowId={({ id }) => id}
        filters={
          <NativeSelect
            size="xs"
            aria-label={t("allocations.downTo")}
            value={downTo}
            data={rowKinds.map((value) => ({ value, label: t(`allocations.kinds.${value}`) }))}
            onChange={(event) => {
              const chosen = rowKinds.find((one) => one === event.currentTarget.value);
              void navigate({ search: { downTo: chosen === "customer" ? undefined : chosen }, replace: true });
            }}
          />
        }
        empty={<Empty icon={IconChartPie} title={t("allocations.emptyTitle")} hint={t("allocations.emptyHint")} />}
      />
      {Object.keys(edits).length > 0 && (
        <SavePanel
          node={node}
          rows={list.rows}
          edits={edits}
          free={free}
          onFaults={setFaults}
          onDone={() => form.reset()}
        />
      )}
    </>
  );
}
