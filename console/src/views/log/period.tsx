import { useTranslation } from "react-i18next";
import { MomentField } from "../../parts/form/moment-field.tsx";
import styles from "./log.module.css";
import type { LogSearch } from "./route.ts";

export interface FiltersProps {
  search: LogSearch;
  onChange: (next: Partial<LogSearch>) => void;
}

/** From when and until when. */
export function Period({ search: { from, to }, onChange }: FiltersProps) {
  const { t } = useTranslation();
  return (
    <div className={styles.period}>
      <span aria-hidden>{t("log.filters.from")}</span>
      <MomentField
        label={t("log.filters.from")}
        hideLabel
        value={from ?? null}
        onChange={(value) => onChange({ from: value ?? undefined })}
      />
      <span aria-hidden>{t("log.filters.to")}</span>
      <MomentField
        label={t("log.filters.to")}
        hideLabel
        value={to ?? null}
        onChange={(value) => onChange({ to: value ?? undefined })}
      />
    </div>
  );
}
