import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { Section } from "../../parts/section.tsx";
import { Facts } from "../../parts/show/facts.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Problem } from "../../parts/states.tsx";
import { useList } from "../../parts/table/use-list.ts";
import styles from "../billing/billing.module.css";
import type { Line } from "../billing/data.ts";
import { Lines } from "../billing/lines.tsx";
import { Findings, Sums } from "../billing/sums.tsx";
import { invoiceQuery } from "./data.ts";
import { InvoiceActions } from "./invoice-actions.tsx";
import { InvoiceDownloads } from "./invoice-downloads.tsx";
import { InvoiceState } from "./invoice-state.tsx";

/** One invoice: what it is, its lines traced to their days, its files, and what can be done with it. */
export function InvoiceDetail({ id }: { id: string }) {
  const { t } = useTranslation();
  const { period } = useFormats();
  const { data: invoice, error, refetch } = useQuery(invoiceQuery(id));
  const lines = useList<Line>(["invoices", "lines", id], (cursor, signal) =>
    tenantry.listInvoiceLines({
      params: { id },
      query: { limit: 100, ...(cursor !== undefined && { cursor }) },
      signal,
    }),
  );
  const names = useMemo(
    () => new Map(lines.rows.map(({ customerId, customerName }) => [customerId ?? "", customerName ?? ""] as const)),
    [lines.rows],
  );
  if (error !== null) return <Problem error={error} onRetry={() => void refetch()} />;
  if (invoice === undefined) return null;
  const day = (value: string | null) => (value === null ? undefined : period(value));
  return (
    <div className={styles.stack}>
      <Facts
        facts={[
          [t("invoices.columns.number"), invoice.number ?? t("invoices.draft")],
          invoice.credits && [t("invoices.creditNote"), t("invoices.creditOf", { number: invoice.credits.number })],
          [t("invoices.columns.state"), <InvoiceState key="state" invoice={invoice} />],
          [t("invoices.columns.payer"), invoice.payerName],
          [t("invoices.columns.month"), period(invoice.period.from.slice(0, 7))],
          [t("invoices.issuedOn"), day(invoice.issuedOn)],
          [t("invoices.columns.due"), day(invoice.dueOn)],
          [t("invoices.paidOn"), day(invoice.paidOn)],
          [t("invoices.voidedOn"), day(invoice.voidedOn)],
          [t("invoices.reason"), invoice.voidReason ?? undefined],
          [t("invoices.recipient"), invoice.recipient],
        ]}
      />
      <InvoiceActions invoice={invoice} />
      <Findings findings={invoice.findings} names={names} />
      <Section plain title={t("invoices.lines")}>
        {lines.error !== null && <Problem error={lines.error} onRetry={lines.reload} />}
        <Lines lines={lines.rows} currency={invoice.currency} />
        {lines.hasMore && (
          <Button size="xs" variant="default" loading={lines.loadingMore} onClick={lines.loadMore}>
            {t("invoices.loadMore")}
          </Button>
        )}
        <Sums invoice={invoice} />
      </Section>
      <Section plain title={t("invoices.downloads")}>
        <InvoiceDownloads invoice={invoice} />
      </Section>
    </div>
  );
}
