import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay, useMe } from "../../app/session.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Section } from "../../parts/section.tsx";
import { Facts } from "../../parts/show/facts.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Problem } from "../../parts/states.tsx";
import { download } from "../../parts/table/csv.ts";
import { useList } from "../../parts/table/use-list.ts";
import styles from "../billing/billing.module.css";
import type { Line } from "../billing/data.ts";
import { Lines } from "../billing/lines.tsx";
import { Findings, Sums } from "../billing/sums.tsx";
import { type Invoice, invoiceQuery } from "./data.ts";
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
      <Actions invoice={invoice} />
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
        <Downloads invoice={invoice} />
      </Section>
    </div>
  );
}

function Downloads({ invoice: { id, number, status } }: { invoice: Invoice }) {
  const { t } = useTranslation();
  const params = { id };
  const name = number ?? t("invoices.draft");
  const files: [key: "pdf" | "html" | "csv" | "ubl" | "cii", load: () => Promise<void>][] = [
    ["pdf", async () => download(`${name}.pdf`, await tenantry.exportInvoicePdf({ params }))],
    ["html", async () => download(`${name}.html`, await tenantry.exportInvoiceHtml({ params }), "text/html")],
    ["csv", async () => download(`${name}.csv`, await tenantry.exportInvoiceCsv({ params }), "text/csv")],
    ...(status === "draft"
      ? []
      : (["ubl", "cii"] as const).map((key): [typeof key, () => Promise<void>] => [
          key,
          async () => {
            const syntax = key === "ubl" ? "UBL" : "CII";
            const xml = await tenantry.exportInvoiceXml({ params, query: { syntax } });
            download(`${name}.${key}.xml`, xml, "application/xml");
          },
        ])),
  ];
  return (
    <div className={styles.downloads}>
      {files.map(([key, load]) => (
        <Button key={key} size="xs" variant="default" onClick={() => void load().catch(notifyProblem)}>
          {t(`invoices.${key}`)}
        </Button>
      ))}
    </div>
  );
}

function Actions({ invoice }: { invoice: Invoice }) {
  const { t } = useTranslation();
  const me = useMe();
  const may = useMay();
  const client = useQueryClient();
  const { id, status, kind, number, recipient } = invoice;
  if (invoice.issuerId !== me.scope.id || !may("billing:write")) return null;
  const params = { id };
  const refresh = () => client.invalidateQueries({ queryKey: ["invoices"] });
  const done = async (text: string): Promise<void> => {
    notify(text);
    await refresh();
  };
  const issue = (): void =>
    ask({
      title: t("invoices.issueTitle"),
      body: t("invoices.issueBody"),
      action: t("invoices.issue"),
      run: async () => {
        await tenantry.issueInvoice({ params });
        await done(t("invoices.done"));
      },
    });
  const pay = (): void =>
    ask({
      title: t("invoices.payTitle", { number }),
      body: t("invoices.payBody"),
      action: t("invoices.pay"),
      run: async () => {
        await tenantry.payInvoice({ params, body: { paidOn: new Date().toISOString().slice(0, 10) } });
        await done(t("invoices.done"));
      },
    });
  const makeVoid = (): void =>
    ask({
      title: t("invoices.voidTitle", { number }),
      body: t("invoices.voidBody"),
      action: t("invoices.void"),
      dangerous: true,
      run: async () => {
        await tenantry.voidInvoice({ params, body: { reason: t("invoices.voidReason") } });
        await done(t("invoices.done"));
      },
    });
  const mail = async (): Promise<void> => {
    await tenantry.mailInvoice({ params });
    await done(t("invoices.mailed", { to: recipient }));
  };
  const isInvoice = kind === "invoice";
  return (
    <div className={styles.downloads}>
      {status === "draft" && (
        <Button size="xs" onClick={issue}>
          {t("invoices.issue")}
        </Button>
      )}
      {status === "issued" && isInvoice && (
        <Button size="xs" onClick={pay}>
          {t("invoices.pay")}
        </Button>
      )}
      {status !== "draft" && (
        <Button size="xs" variant="default" onClick={() => void mail().catch(notifyProblem)}>
          {t("invoices.mail")}
        </Button>
      )}
      {(status === "issued" || status === "paid") && isInvoice && (
        <Button size="xs" variant="default" color="red" onClick={makeVoid}>
          {t("invoices.void")}
        </Button>
      )}
    </div>
  );
}
