import { useTranslation } from "react-i18next";
import { Facts } from "../../parts/show/facts.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { useMoney } from "../../parts/show/money.ts";
import styles from "./prices.module.css";
import { type Priced, usePriceWords } from "./use-words.ts";
import type { Version } from "./values.ts";

/** All that prices from a day on say. */
export function VersionFacts({ version, currency }: { version: Version; currency: string }) {
  const { t } = useTranslation();
  const { price } = useMoney();
  const { pricedIn, decimal } = usePriceWords(currency);
  const { storage, minimum, discountPercent, taxPercent, taxExemption } = version;
  const priced = pricedIn(version);
  const tax = t("prices.percent", { percent: decimal(taxPercent) });
  return (
    <>
      {priced.length === 0 && <p className={styles.soft}>{t("prices.nothing")}</p>}
      <Facts
        facts={[
          ...priced.map(
            (one) =>
              [
                one.label,
                <PriceText
                  key={one.key}
                  priced={one}
                  currency={currency}
                  measure={one.key === "storage" ? storage?.measure : undefined}
                />,
              ] as const,
          ),
          [
            t("prices.fields.minimum"),
            minimum === undefined ? undefined : t("prices.minimumOf", { amount: price(minimum, currency) }),
          ],
          [
            t("prices.discount"),
            discountPercent === undefined ? undefined : t("prices.discountOf", { percent: decimal(discountPercent) }),
          ],
          [
            t("prices.sections.tax"),
            taxExemption === undefined
              ? tax
              : `${tax}, ${t(`prices.exempt.${taxExemption.kind}`, { reason: taxExemption.reason })}`,
          ],
        ]}
      />
    </>
  );
}

interface PriceTextProps {
  priced: Priced;
  currency: string;
  measure: keyof typeof measuredKeys | undefined;
}
const measuredKeys = {
  average: "prices.measured.average",
  end: "prices.measured.end",
  peak: "prices.measured.peak",
} as const;

function PriceText({ priced: { label, price, unit }, currency, measure }: PriceTextProps) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { each } = usePriceWords(currency);
  const { freeUnits = 0 } = price;
  const free =
    freeUnits === 0
      ? null
      : unit === null
        ? t("prices.free", { count: freeUnits })
        : t("prices.freeUnits", { amount: number(freeUnits), unit });
  return (
    <div className={styles.value}>
      {"unitPrice" in price ? (
        <span>{each(price.unitPrice, unit)}</span>
      ) : (
        <TierTable label={label} price={price} unit={unit} currency={currency} />
      )}
      {measure && <span className={styles.soft}>{t(measuredKeys[measure])}</span>}
      {free !== null && (
        <span className={styles.soft}>{"tiers" in price ? `${free}. ${t("prices.beyondFree")}` : free}</span>
      )}
    </div>
  );
}

interface TierTableProps {
  label: string;
  price: Extract<Priced["price"], { tiers: unknown }>;
  unit: string | null;
  currency: string;
}

function TierTable({ label, price: { tiers, mode }, unit, currency }: TierTableProps) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { price: write } = useMoney();
  return (
    <table className={styles.table} aria-label={t("prices.tiers.table", { what: label })}>
      <caption>{t(`prices.modes.${mode}`)}</caption>
      <thead>
        <tr>
          <th scope="col">{t("prices.tier.upTo")}</th>
          <th scope="col" className={styles.figure}>
            {unit === null ? t("prices.tier.price") : t("prices.tier.perUnit", { unit })}
          </th>
        </tr>
      </thead>
      <tbody>
        {tiers.map(({ upTo, unitPrice }) => (
          <tr key={upTo ?? "last"}>
            <th scope="row">
              {upTo === null ? t("prices.tier.beyond") : unit === null ? number(upTo) : `${number(upTo)}\u00A0${unit}`}
            </th>
            <td className={styles.figure}>{write(unitPrice, currency)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
