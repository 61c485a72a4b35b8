import { Button, NativeSelect } from "@mantine/core";
import { IconPlus, IconUser } from "@tabler/icons-react";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { Empty } from "../../parts/states.tsx";
import { DataTable } from "../../parts/table/data-table.tsx";
import { FilterText } from "../../parts/table/filter-text.tsx";
import { useAccountColumns } from "./columns.tsx";
import { useAccounts } from "./data.ts";
import { accountStates } from "./route.ts";

const route = getRouteApi("/n/$nodeId/accounts");

/** The backup accounts of a customer's whole branch. */
export function AccountsView() {
  const { t } = useTranslation();
  const node = useNode();
  const may = useMay();
  const { name, state, sort } = route.useSearch();
  const navigate = route.useNavigate();
  const columns = useAccountColumns();
  const list = useAccounts(node, { name, state });
  const add = may("accounts:write") && (
    <Button
      size="xs"
      component={Link}
      to={`/n/${node.id}/accounts/new`}
      leftSection={<IconPlus size={16} aria-hidden />}
    >
      {t("accounts.add")}
    </Button>
  );
  return (
    <DataTable
      id="accounts"
      label={t("accounts.list", { name: node.name })}
      columns={columns}
      list={list}
      rowId={({ account }) => account.id}
      sort={sort}
      onSort={(next) => void navigate({ search: (before) => ({ ...before, sort: next }), replace: true })}
      filtered={name !== undefined || state !== undefined}
      onClearFilters={() => void navigate({ search: ({ sort: kept }) => ({ sort: kept }) })}
      filters={
        <>
          <FilterText
            label={t("accounts.filter")}
            value={name}
            onChange={(next) => void navigate({ search: (before) => ({ ...before, name: next }), replace: true })}
          />
          <NativeSelect
            size="xs"
            aria-label={t("accounts.columns.state")}
            value={state ?? ""}
            data={[
              { value: "", label: t("devices.allStates") },
              ...accountStates.map((value) => ({ value, label: t(`terms.states.${value}`) })),
            ]}
            onChange={(event) => {
              const chosen = accountStates.find((one) => one === event.currentTarget.value);
              void navigate({ search: (before) => ({ ...before, state: chosen }) });
            }}
          />
          {add}
        </>
      }
      empty={
        <Empty icon={IconUser} title={t("accounts.emptyTitle")} hint={t("accounts.emptyHint")}>
          {add}
        </Empty>
      }
    />
  );
}
