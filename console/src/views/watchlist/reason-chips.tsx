import type { Output } from "@tenantry/client";
import { useTranslation } from "react-i18next";
import { useFormats } from "../../parts/show/formats.ts";
import { attentionCodes } from "../devices/route.ts";
import styles from "./watchlist.module.css";

type Code = (typeof attentionCodes)[number];

interface ReasonChipsProps {
  counts: Output<"getWatchlist">["counts"];
  chosen: Code | undefined;
  onChoose: (code: Code | undefined) => void;
}

/** How many devices there are for each reason; a press shows only those. */
export function ReasonChips({ counts, chosen, onChoose }: ReasonChipsProps) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const count = (code: Code): number => counts.byReason[code] ?? 0;
  return (
    <div className={styles.chips} role="group" aria-label={t("watchlist.columns.reason")}>
      <Chip
        label={t("watchlist.all")}
        count={number(counts.devices)}
        on={chosen === undefined}
        onPress={() => onChoose(undefined)}
      />
      {attentionCodes
        .filter((code) => count(code) > 0 || code === chosen)
        .map((code) => (
          <Chip
            key={code}
            label={t(`devices.attention.${code}`)}
            count={number(count(code))}
            on={chosen === code}
            onPress={() => onChoose(chosen === code ? undefined : code)}
          />
        ))}
    </div>
  );
}

function Chip({ label, count, on, onPress }: { label: string; count: string; on: boolean; onPress: () => void }) {
  return (
    <button type="button" className={styles.chip} aria-pressed={on} onClick={onPress}>
      {label} <span className="numbers">{count}</span>
    </button>
  );
}
