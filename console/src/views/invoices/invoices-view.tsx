import { Button, Group } from "@mantine/core";
import { IconFileInvoice } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "../../app/session.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { Panel } from "../../parts/dialogs/panel.tsx";
import { useMoney } from "../../parts/show/money.ts";
import { Empty } from "../../parts/states.tsx";
import { DataTable } from "../../parts/table/data-table.tsx";
import { useInvoiceColumns } from "./columns.tsx";
import { filterOf, invoiceQuery, totalsQuery, useInvoices } from "./data.ts";
import { Filters } from "./filters.tsx";
import { InvoiceDetail } from "./invoice-detail.tsx";
import { IssuerForm } from "./issuer-form.tsx";
import { ReportPanel } from "./report-panel.tsx";
import { RunForm } from "./run-form.tsx";

const route = getRouteApi("/n/$nodeId/invoices");
const sellers: ReadonlySet<string> = new Set(["provider", "distributor", "sub-distributor", "reseller"]);

/** The invoices that the caller's customer issues, or has got, with what they come to. */
export function InvoicesView() {
  const { t } = useTranslation();
  const me = useMe();
  const may = useMay();
  const sells = sellers.has(me.scope.level);
  const search = route.useSearch();
  const { invoice } = search;
  const navigate = route.useNavigate();
  const [dialog, setDialog] = useState<"run" | "details" | null>(null);
  const close = (): void => setDialog(null);
  const filter = filterOf(sells ? search : { ...search, received: true });
  const filtered = [search.state, search.payer, search.from, search.to].some((value) => value !== undefined);
  const list = useInvoices(filter);
  const { data: report } = useQuery(totalsQuery(filter));
  const { data: shown } = useQuery({ ...invoiceQuery(invoice ?? ""), enabled: invoice !== undefined });
  const { money } = useMoney();
  const columns = useInvoiceColumns();
  const totals = (report?.totals ?? [])
    .filter(({ kind, status }) => kind === "invoice" && status !== "void" && status !== "draft")
    .reduce((sums, { currency, invoices, total }) => {
      const known = sums.get(currency) ?? { invoices: 0, total: 0 };
      return sums.set(currency, { invoices: known.invoices + invoices, total: known.total + total });
    }, new Map<string, { invoices: number; total: number }>());
  const set = (more: object): void =>
    void navigate({ search: (before: object) => ({ ...before, ...more }), replace: true });
  return (
    <>
      <DataTable
        id="invoices"
        label={t("invoices.list")}
        columns={columns}
        list={list}
        rowId={({ id }) => id}
        filters={
          <Group gap="sm">
            <Filters sells={sells} />
            {[...totals].map(([currency, { invoices, total }]) => (
              <strong key={currency}>{t("invoices.totals", { count: invoices, total: money(total, currency) })}</strong>
            ))}
            <Button size="xs" variant="default" onClick={() => set({ report: true })}>
              {t("invoices.report")}
            </Button>
            {sells && may("billing:write") && (
              <>
                <Button size="xs" onClick={() => setDialog("run")}>
                  {t("invoices.run")}
                </Button>
                <Button size="xs" variant="default" onClick={() => setDialog("details")}>
                  {t("invoices.details")}
                </Button>
              </>
            )}
          </Group>
        }
        filtered={filtered}
        onClearFilters={() => set({ state: undefined, payer: undefined, from: undefined, to: undefined })}
        empty={<Empty icon={IconFileInvoice} title={t("invoices.emptyTitle")} hint={t("invoices.emptyHint")} />}
      />
      <Panel
        opened={invoice !== undefined}
        title={shown === undefined ? t("invoices.list") : (shown.number ?? t("invoices.draft"))}
        size={760}
        onClose={() => set({ invoice: undefined })}
      >
        {invoice !== undefined && <InvoiceDetail id={invoice} />}
      </Panel>
      <Panel
        opened={search.report === true}
        title={t("invoices.report")}
        size={760}
        onClose={() => set({ report: undefined })}
      >
        {search.report && <ReportPanel filter={filter} />}
      </Panel>
      <Dialog opened={dialog !== null} onClose={close} title={dialog === null ? "" : t(`invoices.${dialog}`)} size="lg">
        {dialog === "run" && <RunForm onDone={close} />}
        {dialog === "details" && <IssuerForm onDone={close} />}
      </Dialog>
    </>
  );
}
