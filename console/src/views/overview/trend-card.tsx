import { useTranslation } from "react-i18next";
import { useFormats } from "../../parts/show/formats.ts";
import { Trend } from "../../parts/show/trend.tsx";
import { Card } from "./card.tsx";
import type { Overview } from "./data.ts";
import styles from "./overview.module.css";

/** How space, devices and what needs attention went in the last thirty days. */
export function TrendCard({ overview: { trend } }: { overview: Overview }) {
  const { t } = useTranslation();
  const { bytes, number, period } = useFormats();
  const curves = [
    ["usedBytes", t("overview.space"), bytes],
    ["devices", t("overview.devices"), number],
    ["attention", t("overview.attention"), number],
  ] as const;
  const [first, last] = [trend[0], trend.at(-1)];
  return (
    <Card title={t("overview.trend.title")} size="full">
      {first === undefined || last === undefined || trend.length < 2 ? (
        <p className={`${styles.body} ${styles.note}`}>{t("overview.trend.none")}</p>
      ) : (
        <div className={styles.curves}>
          {curves.map(([name, label, format]) => (
            <div key={name} className={styles.curve}>
              <div className={styles.curveHead}>
                <span className={styles.label}>{label}</span>
                <span className="numbers">{format(last[name])}</span>
              </div>
              <Trend
                label={t("overview.trend.label", {
                  what: label,
                  from: `${period(first.day)}: ${format(first[name])}`,
                  to: `${period(last.day)}: ${format(last[name])}`,
                })}
                points={trend.map((one) => ({ day: one.day, value: one[name] }))}
                format={format}
                date={period}
              />
              <div className={styles.curveFoot}>
                <span>{period(first.day)}</span>
                <span>{period(last.day)}</span>
              </div>
            </div>
          ))}
        </div>
      )}
    </Card>
  );
}
