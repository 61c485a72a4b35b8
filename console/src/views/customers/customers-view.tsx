import { Button, NativeSelect } from "@mantine/core";
import { IconArrowsRightLeft, IconBuilding, IconPlus } from "@tabler/icons-react";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { Empty } from "../../parts/states.tsx";
import { DataTable } from "../../parts/table/data-table.tsx";
import { FilterText } from "../../parts/table/filter-text.tsx";
import { serverSort } from "../../parts/table/server-sort.ts";
import { useCustomerColumns } from "./columns.tsx";
import { type Customer, useCustomers } from "./data.ts";
import { customerStates } from "./route.ts";
import { moveLink } from "../moves/link.ts";

const route = getRouteApi("/n/$nodeId/customers");

/** The customers directly below one, with their space, licences and state. */
export function CustomersView() {
  const { t } = useTranslation();
  const node = useNode();
  const may = useMay();
  const { name, state, sort } = route.useSearch();
  const navigate = route.useNavigate();
  const columns = useCustomerColumns();
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const mayMove = may("customers:write") && state !== "deleted";
  const list = useCustomers(node.id, { name, state, sort: serverSort(columns, sort) });
  return (
    <DataTable
      id="customers"
      label={t("customers.list", { name: node.name })}
      columns={columns}
      list={list}
      rowId={({ id }) => id}
      {...(mayMove && { selection: { ids: ticked, onChange: setTicked, nameOf: ({ name: own }: Customer) => own } })}
      sort={sort}
      onSort={(next) => void navigate({ search: (before) => ({ ...before, sort: next }), replace: true })}
      filtered={name !== undefined || state !== undefined}
      onClearFilters={() => void navigate({ search: (before) => ({ ...before, name: undefined, state: undefined }) })}
      filters={
        <>
          <FilterText
            label={t("customers.filter")}
            value={name}
            onChange={(next) => void navigate({ search: (before) => ({ ...before, name: next }), replace: true })}
          />
          <NativeSelect
            size="xs"
            aria-label={t("customers.stateFilter")}
            value={state ?? ""}
            data={[
              { value: "", label: t("customers.state.all") },
              ...customerStates.map((value) => ({ value, label: t(`customers.state.${value}`) })),
            ]}
            onChange={(event) => {
              const chosen = customerStates.find((one) => one === event.currentTarget.value);
              void navigate({ search: (before) => ({ ...before, state: chosen }) });
            }}
          />
          {mayMove && ticked.size > 0 && (
            <Button
              size="xs"
              variant="default"
              component={Link}
              {...moveLink(node.id, { what: "customers", ids: [...ticked].join(",") })}
              leftSection={<IconArrowsRightLeft size={15} aria-hidden />}
            >
              {t("moves.selected", { count: ticked.size })}
            </Button>
          )}
          {may("customers:write") && node.level !== "site" && (
            <Button
              size="xs"
              component={Link}
              to={`/n/${node.id}/add`}
              leftSection={<IconPlus size={15} aria-hidden />}
            >
              {t("add.button")}
            </Button>
          )}
        </>
      }
      empty={
        <Empty
          icon={IconBuilding}
          title={t("customers.emptyTitle")}
          hint={t("customers.emptyHint", { name: node.name })}
        >
          {may("customers:write") && node.level !== "site" && (
            <Button component={Link} to={`/n/${node.id}/add`} variant="default">
              {t("add.button")}
            </Button>
          )}
        </Empty>
      }
    />
  );
}
