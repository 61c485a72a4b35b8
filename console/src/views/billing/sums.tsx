import { useTranslation } from "react-i18next";
import { Note } from "../../parts/page.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import styles from "./billing.module.css";
import type { Finding, Preview } from "./data.ts";
import { useMoney } from "../../parts/show/money.ts";

type Summed = Pick<Preview, "currency" | "subtotal" | "discounts" | "net" | "taxes" | "total">;

/** What an invoice comes to: sum, discounts, net, taxes, total. */
export function Sums({ invoice }: { invoice: Summed }) {
  const { t } = useTranslation();
  const { money } = useMoney();
  const { currency, subtotal, discounts, net, taxes, total } = invoice;
  const rows: [string, number, boolean?][] = [
    ...(discounts.length > 0 ? [[t("billing.subtotal"), subtotal] as [string, number]] : []),
    ...discounts.map(({ percent, amount }): [string, number] => [t("billing.discount", { percent }), -amount]),
    [t("billing.net"), net],
    ...taxes.map(({ percent, amount }): [string, number] => [t("billing.tax", { percent }), amount]),
    [t("billing.total"), total, true],
  ];
  return (
    <dl className={styles.sums}>
      {rows.map(([label, amount, strong]) => (
        <div key={label} data-strong={strong}>
          <dt>{label}</dt>
          <dd className="numbers">{money(amount, currency)}</dd>
        </div>
      ))}
    </dl>
  );
}

const blocking: ReadonlySet<Finding["code"]> = new Set(["days_missing", "no_prices", "currency_differs"]);

/** What was found while an invoice was made: why it is not what one might expect, or cannot be issued. */
export function Findings({ findings, names }: { findings: readonly Finding[]; names: ReadonlyMap<string, string> }) {
  const { t } = useTranslation();
  const { period } = useFormats();
  const daysOf = ({ days }: Finding): string =>
    days
      .map(({ from, to }) => (from === to ? period(from) : t("billing.from", { from: period(from), to: period(to) })))
      .join(", ");
  return findings.map((finding) => {
    const { code, customerId, subject } = finding;
    const who = customerId === null ? undefined : names.get(customerId);
    const about = [who, code === "period_not_over" ? undefined : daysOf(finding)].filter(Boolean).join(": ");
    return (
      <Note key={`${code} ${customerId ?? ""} ${subject ?? ""}`} tone={blocking.has(code) ? "warn" : "calm"}>
        {t(`billing.findings.${code}`, { subject: subject ?? "" })}
        {about !== "" && ` (${about})`}
      </Note>
    );
  });
}
