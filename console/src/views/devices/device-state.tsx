import { IconHourglass } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Moment } from "../../parts/show/moment.tsx";
import { Status, type Tone } from "../../parts/show/status.tsx";
import type { Device } from "./data.ts";
import { attentionCodes } from "./route.ts";
import styles from "./devices.module.css";

type Attention = Device["attention"][number];

/** A device's own state in a word; `brief` is for tables. */
export function DeviceState({ state, brief = false }: Pick<Device, "state"> & { brief?: boolean }) {
  const { t } = useTranslation();
  if (state === "pending")
    return <Status tone="warn" icon={IconHourglass} label={t(brief ? "devices.waiting" : "terms.states.pending")} />;
  const tone: Tone = state === "active" ? "good" : state === "deleted" ? "bad" : "calm";
  return <Status tone={tone} label={t(`terms.states.${state}`)} />;
}

const rank = ({ code }: Attention): number => attentionCodes.indexOf(code);
/** Why it needs attention, the worst first. */
export const byRank = (attention: readonly Attention[]): Attention[] =>
  [...attention].sort((one, other) => rank(one) - rank(other));

/** What may lose data, or has stopped backups, is marked stronger than the rest. */
export const toneOf = (code: Attention["code"]): Tone => (attentionCodes.indexOf(code) <= 6 ? "bad" : "warn");

/** The worst reason in a few words, and how many others there are. */
export function AttentionCell({ attention }: Pick<Device, "attention">) {
  const { t } = useTranslation();
  const [first, ...others] = byRank(attention);
  if (first === undefined) return <span className={styles.none}>–</span>;
  return (
    <span
      className={styles.attention}
      title={byRank(attention)
        .map(({ code }) => t(`devices.attention.${code}`))
        .join(", ")}
    >
      <Status tone={toneOf(first.code)} label={t(`devices.attention.${first.code}`)} />
      {others.length > 0 && <span className={styles.more}>{t("devices.moreReasons", { count: others.length })}</span>}
    </span>
  );
}

/** All reasons with what each means, and since when. */
export function AttentionList({ attention }: Pick<Device, "attention">) {
  const { t } = useTranslation();
  return (
    <ul className={styles.reasons}>
      {byRank(attention).map(({ code, since }) => (
        <li key={code}>
          <Status tone={toneOf(code)} label={t(`devices.attention.${code}`)} />
          <span>
            {t(`devices.attentionWhy.${code}`)}{" "}
            <span className={styles.since}>
              {t("devices.since")} <Moment at={since} />
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}
