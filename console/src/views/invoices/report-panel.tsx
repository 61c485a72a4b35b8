import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Output } from "@tenantry/client";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Section } from "../../parts/section.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { useMoney } from "../../parts/show/money.ts";
import { Problem } from "../../parts/states.tsx";
import { download } from "../../parts/table/csv.ts";
import styles from "../billing/billing.module.css";
import { type Filter, totalsQuery } from "./data.ts";
import { InvoiceState } from "./invoice-state.tsx";

type Total = Output<"getInvoiceTotals">["totals"][number];

/** What the invoices that are listed come to: in all, by customer and by month, and as files. */
export function ReportPanel({ filter }: { filter: Filter }) {
  const { t, i18n } = useTranslation();
  const { period } = useFormats();
  const { data: report, error, refetch } = useQuery(totalsQuery(filter));
  if (error !== null) return <Problem error={error} onRetry={() => void refetch()} />;
  if (report === undefined) return null;
  const { from, to } = filter;
  const name = `${t("invoices.report")} ${from} ${to}`;
  const query = { ...filter, language: i18n.language === "de" ? ("de" as const) : ("en" as const) };
  const files: [key: "pdf" | "html" | "csv", load: () => Promise<void>][] = [
    ["pdf", async () => download(`${name}.pdf`, await tenantry.exportInvoiceReportPdf({ query }))],
    ["html", async () => download(`${name}.html`, await tenantry.exportInvoiceReport({ query }), "text/html")],
    ["csv", async () => download(`${name}.csv`, await tenantry.exportInvoices({ query: filter }), "text/csv")],
  ];
  return (
    <div className={styles.stack}>
      <div className={styles.downloads}>
        {files.map(([key, load]) => (
          <Button key={key} size="xs" variant="default" onClick={() => void load().catch(notifyProblem)}>
            {t(`invoices.${key}`)}
          </Button>
        ))}
      </div>
      <Section plain title={t("invoices.sums.all")}>
        <Totals
          groups={[
            {
              name: from === to ? period(from) : t("billing.from", { from: period(from), to: period(to) }),
              totals: report.totals,
            },
          ]}
        />
      </Section>
      {report.payers.length > 0 && (
        <>
          <Section plain title={t("invoices.sums.payers")}>
            <Totals groups={report.payers.map(({ payerName, totals }) => ({ name: payerName, totals }))} />
          </Section>
          <Section plain title={t("invoices.sums.months")}>
            <Totals groups={report.months.map(({ month, totals }) => ({ name: period(month), totals }))} />
          </Section>
        </>
      )}
    </div>
  );
}

/** Sums by state, under the name of what they are of. What is given back is negative. */
function Totals({ groups }: { groups: readonly { name: string; totals: readonly Total[] }[] }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { money } = useMoney();
  const figures = ["count", "net", "tax", "total"] as const;
  return (
    <div className={styles.scroll}>
      <table className={styles.lines}>
        <thead>
          <tr>
            <th scope="col">{t("invoices.columns.state")}</th>
            {figures.map((figure) => (
              <th key={figure} scope="col" className={styles.figure}>
                {t(`invoices.sums.${figure}`)}
              </th>
            ))}
          </tr>
        </thead>
        {groups.map(({ name, totals }, nth) => (
          <tbody key={`${nth} ${name}`}>
            <tr>
              <th colSpan={5} scope="rowgroup" className={styles.customer}>
                {name}
              </th>
            </tr>
            {totals.length === 0 && (
              <tr>
                <td colSpan={5}>{t("invoices.sums.none")}</td>
              </tr>
            )}
            {totals.map((one) => {
              const { currency, kind, status } = one;
              const sign = kind === "credit-note" ? -1 : 1;
              return (
                <tr key={`${currency} ${kind} ${status}`}>
                  <td>
                    <InvoiceState invoice={one} />
                  </td>
                  <td className={styles.figure}>{number(one.invoices)}</td>
                  {[one.net, one.tax, one.total].map((amount, at) => (
                    <td key={figures[at + 1]} className={styles.figure}>
                      {money(sign * amount, currency)}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        ))}
      </table>
    </div>
  );
}
