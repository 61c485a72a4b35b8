import { ActionIcon } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "../../parts/show/formats.ts";
import styles from "./billing.module.css";
import type { Line } from "./data.ts";
import { useMoney } from "../../parts/show/money.ts";

/** What a line charges for. */
function useItemName(): (item: Line["item"]) => string {
  const { t } = useTranslation();
  return (item) => {
    switch (item.kind) {
      case "storage":
        return t("billing.items.storage", { unit: item.unit });
      case "device":
        return t(`billing.items.device.${item.device}`);
      case "account":
        return t("billing.items.account", { plan: item.plan });
      case "service":
        return item.name;
      case "licence":
        return t("billing.items.licence");
      case "minimum":
        return t("billing.items.minimum");
    }
  };
}

const keyOf = (line: Line, nth: number): string => `${nth} ${line.customerId ?? ""} ${line.from}`;

/** Lines of an invoice by customer; each opens to the days that it comes from. */
export function Lines({ lines, currency }: { lines: readonly Line[]; currency: string }) {
  const { t } = useTranslation();
  return (
    <div className={styles.scroll}>
      <table className={styles.lines}>
        <thead>
          <tr>
            <th scope="col">{t("billing.line")}</th>
            <th scope="col" className={styles.figure}>
              {t("billing.days")}
            </th>
            <th scope="col" className={styles.figure}>
              {t("billing.price")}
            </th>
            <th scope="col" className={styles.figure}>
              {t("billing.amount")}
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, nth) => (
            <Fragment key={keyOf(line, nth)}>
              {line.customerId !== lines[nth - 1]?.customerId && (
                <tr>
                  <th colSpan={4} scope="colgroup" className={styles.customer}>
                    {line.customerName ?? t("billing.whole")}
                  </th>
                </tr>
              )}
              <LineRow line={line} currency={currency} />
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function LineRow({ line, currency }: { line: Line; currency: string }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { money, price } = useMoney();
  const [open, setOpen] = useState(false);
  const name = useItemName()(line.item);
  const Icon = open ? IconChevronDown : IconChevronRight;
  return (
    <>
      <tr>
        <td>
          <span className={styles.item}>
            {line.runs.length > 0 && (
              <ActionIcon
                size="sm"
                variant="subtle"
                color="gray"
                aria-expanded={open}
                aria-label={t("billing.showDays", { what: `${line.customerName ?? ""} ${name}`.trim() })}
                onClick={() => setOpen(!open)}
              >
                <Icon size={15} aria-hidden />
              </ActionIcon>
            )}
            {name}
          </span>
        </td>
        <td className={styles.figure}>
          {number(line.days)} / {number(line.daysInMonth)}
        </td>
        <td className={styles.figure}>{line.parts.map(({ unitPrice }) => price(unitPrice, currency)).join(" · ")}</td>
        <td className={styles.figure}>{money(line.amount, currency)}</td>
      </tr>
      {open && (
        <tr>
          <td colSpan={4}>
            <Days line={line} currency={currency} />
          </td>
        </tr>
      )}
    </>
  );
}

/** What there was on each day, and which tiers it reached. */
function Days({ line, currency }: { line: Line; currency: string }) {
  const { t } = useTranslation();
  const { bytes, number, period } = useFormats();
  const { price } = useMoney();
  const amount = line.item.kind === "storage" ? bytes : number;
  return (
    <ul className={styles.runs}>
      {line.runs.map(({ from, to, value }) => (
        <li key={from}>
          <span>{from === to ? period(from) : t("billing.from", { from: period(from), to: period(to) })}</span>
          <span className="numbers">{amount(value)}</span>
        </li>
      ))}
      {line.parts.length > 1 && <li className={styles.tiers}>{t("billing.tiers")}</li>}
      {line.parts.length > 1 &&
        line.parts.map(({ over, upTo, unitPrice }) => (
          <li key={over}>
            <span>{upTo === null ? t("billing.tierRest") : t("billing.tierTo", { to: number(upTo) })}</span>
            <span className="numbers">{price(unitPrice, currency)}</span>
          </li>
        ))}
    </ul>
  );
}
