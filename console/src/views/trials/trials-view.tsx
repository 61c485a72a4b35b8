import { SegmentedControl } from "@mantine/core";
import { IconHourglass } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import type { Output } from "@tenantry/client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNode } from "../../frame/node-context.ts";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { Empty } from "../../parts/states.tsx";
import { DataTable } from "../../parts/table/data-table.tsx";
import type { AccountRow } from "../accounts/data.ts";
import { ExtendTrial } from "../details/extend-trial.tsx";
import { useTrialAccountColumns, useTrialCustomerColumns } from "./columns.tsx";
import { ConvertAccount } from "./convert-account.tsx";
import { useTrialAccounts, useTrialCustomers } from "./data.ts";
import { trialKinds } from "./route.ts";

const route = getRouteApi("/n/$nodeId/trials");

/** Who is in trial in a branch, for how long, and what to do about it. */
export function TrialsView() {
  const { t } = useTranslation();
  const { kind = "customers", sort } = route.useSearch();
  const navigate = route.useNavigate();
  const choice = (
    <SegmentedControl
      size="xs"
      aria-label={t("trials.kind")}
      value={kind}
      data={trialKinds.map((value) => ({ value, label: t(`trials.kinds.${value}`) }))}
      onChange={(value) => void navigate({ search: { kind: trialKinds.find((one) => one === value) } })}
    />
  );
  const order = {
    sort,
    onSort: (next: string | undefined) => void navigate({ search: { kind, sort: next }, replace: true }),
    filters: choice,
  };
  return kind === "customers" ? <Customers order={order} /> : <Accounts order={order} />;
}

interface Order {
  sort: string | undefined;
  onSort: (sort: string | undefined) => void;
  filters: React.ReactNode;
}

function Customers({ order }: { order: Order }) {
  const { t } = useTranslation();
  const node = useNode();
  const list = useTrialCustomers(node, true);
  const [extended, setExtended] = useState<Output<"getCustomer"> | null>(null);
  const columns = useTrialCustomerColumns(setExtended);
  return (
    <>
      <DataTable
        id="trial-customers"
        label={t("trials.customers", { name: node.name })}
        columns={columns}
        list={list}
        rowId={({ id }) => id}
        {...order}
        empty={<Empty icon={IconHourglass} title={t("trials.noCustomers")} hint={t("trials.noCustomersHint")} />}
      />
      <Dialog
        opened={extended !== null}
        onClose={() => setExtended(null)}
        title={t("trials.extendOf", { name: extended?.name ?? "" })}
      >
        {extended !== null && (
          <ExtendTrial
            node={extended}
            onDone={() => {
              setExtended(null);
              list.reload();
            }}
          />
        )}
      </Dialog>
    </>
  );
}

function Accounts({ order }: { order: Order }) {
  const { t } = useTranslation();
  const node = useNode();
  const list = useTrialAccounts(node, true);
  const [converted, setConverted] = useState<AccountRow | null>(null);
  const columns = useTrialAccountColumns(setConverted);
  return (
    <>
      <DataTable
        id="trial-accounts"
        label={t("trials.accounts", { name: node.name })}
        columns={columns}
        list={list}
        rowId={({ account }) => account.id}
        {...order}
        empty={<Empty icon={IconHourglass} title={t("trials.noAccounts")} hint={t("trials.noAccountsHint")} />}
      />
      <Dialog
        opened={converted !== null}
        onClose={() => setConverted(null)}
        title={t("trials.convertAccount", { name: converted?.account.username ?? "" })}
      >
        {converted !== null && <ConvertAccount account={converted.account} onDone={() => setConverted(null)} />}
      </Dialog>
    </>
  );
}
