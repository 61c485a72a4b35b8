import { useTranslation } from "react-i18next";
import { useFormats } from "../../parts/show/formats.ts";
import { useMoney } from "../../parts/show/money.ts";
import { usePlanName } from "../accounts/columns.tsx";
import { deviceKinds, type UnitPrice, type Version } from "./values.ts";

/** Something that has a price. */
export interface Priced {
  key: string;
  label: string;
  price: UnitPrice;
  /** What it is counted in: a unit of storage; null: pieces. */
  unit: string | null;
}

/** Prices in the reader's words. */
export interface PriceWords {
  day: (date: string) => string;
  /** A decimal number that the service has as text. */
  decimal: (text: string) => string;
  /** All that has a price, as it stands on invoices. */
  pricedIn: (version: Version) => Priced[];
  each: (amount: string, unit: string | null) => string;
  /** All prices in one line. */
  brief: (version: Version) => string;
}

/** How prices in a currency are told. */
export function usePriceWords(currency: string): PriceWords {
  const { t, i18n } = useTranslation();
  const { period } = useFormats();
  const { price: write } = useMoney();
  const planName = usePlanName();
  const decimal = (text: string): string => text.replace(".", i18n.language === "de" ? "," : ".");
  const each = (amount: string, unit: string | null): string =>
    unit === null
      ? t("prices.each", { price: write(amount, currency) })
      : t("prices.perUnit", { price: write(amount, currency), unit });
  const pricedIn = ({ storage, devices, licences, accounts, services }: Version): Priced[] => [
    ...(storage
      ? [{ key: "storage", label: t("prices.sections.storage"), price: storage.price, unit: storage.unit }]
      : []),
    ...deviceKinds.flatMap((kind) => {
      const price = devices?.[kind];
      return price ? [{ key: `devices.${kind}`, label: t(`billing.items.device.${kind}`), price, unit: null }] : [];
    }),
    ...(licences ? [{ key: "licences", label: t("billing.items.licence"), price: licences, unit: null }] : []),
    ...Object.entries(accounts ?? {}).map(([plan, price]) => ({
      key: `accounts.${plan}`,
      label: t("billing.items.account", { plan: planName(plan) }),
      price,
      unit: null,
    })),
    ...Object.entries(services ?? {}).map(([name, price]) => ({
      key: `services.${name}`,
      label: name,
      price,
      unit: null,
    })),
  ];
  const brief = (version: Version): string =>
    [
      ...pricedIn(version).map(({ label, price }) => {
        const amounts = "unitPrice" in price ? [price.unitPrice] : price.tiers.map(({ unitPrice }) => unitPrice);
        return `${label} ${amounts.map((amount) => write(amount, currency)).join(" / ")}`;
      }),
      `${t("prices.sections.tax")} ${t("prices.percent", { percent: decimal(version.taxPercent) })}`,
    ].join(" · ");
  return { day: period, decimal, pricedIn, each, brief };
}
