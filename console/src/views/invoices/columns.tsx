import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "../../parts/show/formats.ts";
import { useMoney } from "../../parts/show/money.ts";
import type { Column } from "../../parts/table/column.ts";
import type { Invoice } from "./data.ts";
import { InvoiceState } from "./invoice-state.tsx";

/** The columns of a list of invoices. */
export function useInvoiceColumns(): Column<Invoice>[] {
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
