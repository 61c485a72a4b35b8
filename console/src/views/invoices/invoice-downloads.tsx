import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { notifyProblem } from "../../parts/dialogs/notify.tsx";
import { download } from "../../parts/table/csv.ts";
import styles from "../billing/billing.module.css";
import type { Invoice } from "./data.ts";

/** An invoice as files. */
export function InvoiceDownloads({ invoice: { id, number, status } }: { invoice: Invoice }) {
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
