import { Button, Group, SegmentedControl, Select } from "@mantine/core";
import { IconFileInvoice } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay, useMe } from "../../app/session.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Panel } from "../../parts/dialogs/panel.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Empty } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/column.ts";
import { DataTable } from "../../parts/table/data-table.tsx";
import { lastMonths } from "../billing/data.ts";
import { useMoney } from "../../parts/show/money.ts";
import { filterOf, type Invoice, totalsQuery, useInvoices } from "./data.ts";
import { InvoiceDetail } from "./invoice-detail.tsx";
import { IssuerForm } from "./issuer-form.tsx";
import { InvoiceState } from "./invoice-state.tsx";
import { spans, states } from "./route.ts";

const route = getRouteApi("/n/$nodeId/invoices");
const sellers: ReadonlySet<string> = new Set(["provider", "distributor", "sub-distributor", "reseller"]);

/** The invoices that the caller's customer issues, or has got, with what they come to. */
export function InvoicesView() {
  const { t } = useTranslation();
  const me = useMe();
  const may = useMay();
  const sells = sellers.has(me.scope.level);
  const { state, months = "13", invoice, ...search } = route.useSearch();
  const received = sells ? search.received : true;
  const navigate = route.useNavigate();
  const [dialog, setDialog] = useState<"run" | "details" | null>(null);
  const close = (): void => setDialog(null);
  const filter = filterOf({ received, state, months });
  const list = useInvoices(filter);
  const { data: report } = useQuery(totalsQuery(filter));
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
            {sells && (
              <SegmentedControl
                size="xs"
                aria-label={t("invoices.side")}
                value={received ? "received" : "issued"}
                data={[
                  { value: "issued", label: t("invoices.issued") },
                  { value: "received", label: t("invoices.received") },
                ]}
                onChange={(value) => set({ received: value === "received" || undefined })}
              />
            )}
            <Select
              size="xs"
              w={130}
              aria-label={t("invoices.state")}
              placeholder={t("invoices.all")}
              clearable
              data={states.map((value) => ({ value, label: t(`invoices.states.${value}`) }))}
              value={state ?? null}
              onChange={(value) => set({ state: value ?? undefined })}
            />
            <Select
              size="xs"
              w={170}
              aria-label={t("invoices.months")}
              allowDeselect={false}
              data={spans.map((value) => ({ value, label: t("invoices.lastMonths", { count: Number(value) }) }))}
              value={months}
              onChange={(value) => set({ months: value ?? undefined })}
            />
            {[...totals].map(([currency, { invoices, total }]) => (
              <strong key={currency}>{t("invoices.totals", { count: invoices, total: money(total, currency) })}</strong>
            ))}
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
        empty={<Empty icon={IconFileInvoice} title={t("invoices.emptyTitle")} hint={t("invoices.emptyHint")} />}
      />
      <Panel
        opened={invoice !== undefined}
        title={t("invoices.list")}
        size={760}
        onClose={() => set({ invoice: undefined })}
      >
        {invoice !== undefined && <InvoiceDetail id={invoice} />}
      </Panel>
      <Dialog opened={dialog !== null} onClose={close} title={dialog === null ? "" : t(`invoices.${dialog}`)} size="lg">
        {dialog === "run" && <RunForm onDone={close} />}
        {dialog === "details" && <IssuerForm onDone={close} />}
      </Dialog>
    </>
  );
}

function RunForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const { period } = useFormats();
  const months = useMemo(() => lastMonths(13).slice(1), []);
  const [month, setMonth] = useState(months[0] ?? "");
  const [busy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      await tenantry.runInvoices({ body: { month } });
      notify(t("invoices.runDone", { month: period(month) }));
      onDone();
    } catch (error) {
      notifyProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Group align="flex-end">
      <p>{t("invoices.runHint")}</p>
      <Select
        label={t("billing.month")}
        allowDeselect={false}
        data={months.map((value) => ({ value, label: period(value) }))}
        value={month}
        onChange={(value) => setMonth(value ?? month)}
      />
      <Button loading={busy} onClick={() => void run()}>
        {t("invoices.run")}
      </Button>
    </Group>
  );
}

function useInvoiceColumns(): Column<Invoice>[] {
  const { t } = useTranslation();
  const { period } = useFormats();
  const { money } = useMoney();
  return useMemo((): Column<Invoice>[] => {
    const signed = ({ kind }: Invoice, amount: number): number => (kind === "credit-note" ? -amount : amount);
    return [
      {
        id: "number",
        header: t("invoices.columns.number"),
        width: 170,
        value: ({ number }) => number,
        cell: ({ id, number, payerName }) => (
          <Link
            from="/n/$nodeId/invoices"
            to="."
            search={(before) => ({ ...before, invoice: id })}
            aria-label={`${number ?? t("invoices.draft")}, ${payerName}`}
            data-name
          >
            {number ?? t("invoices.draft")}
          </Link>
        ),
      },
      {
        id: "month",
        header: t("invoices.columns.month"),
        width: 150,
        value: ({ period: days }) => days.from.slice(0, 7),
        cell: ({ period: days }) => period(days.from.slice(0, 7)),
      },
      {
        id: "payer",
        header: t("invoices.columns.payer"),
        width: 220,
        grow: true,
        brief: true,
        value: ({ payerName }) => payerName,
        cell: ({ payerName }) => payerName,
      },
      {
        id: "state",
        header: t("invoices.columns.state"),
        width: 130,
        brief: true,
        value: ({ status, kind }) => (kind === "credit-note" ? kind : status),
        cell: (invoice) => <InvoiceState invoice={invoice} />,
      },
      {
        id: "due",
        header: t("invoices.columns.due"),
        width: 130,
        value: ({ dueOn }) => dueOn,
        cell: ({ dueOn }) => (dueOn === null ? "" : period(dueOn)),
      },
      {
        id: "net",
        header: t("invoices.columns.net"),
        width: 130,
        align: "right",
        value: (invoice) => signed(invoice, invoice.net),
        cell: (invoice) => money(signed(invoice, invoice.net), invoice.currency),
      },
      {
        id: "total",
        header: t("invoices.columns.total"),
        width: 140,
        align: "right",
        brief: true,
        value: (invoice) => signed(invoice, invoice.total),
        cell: (invoice) => money(signed(invoice, invoice.total), invoice.currency),
      },
    ];
  }, [t, period, money]);
}
