import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormats } from "../../parts/show/formats.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { Section } from "../../parts/section.tsx";
import { Problem } from "../../parts/states.tsx";
import { Status, type Tone } from "../../parts/show/status.tsx";
import { type Run, useRuns } from "./data.ts";
import { MailStatus } from "./mail-state.tsx";
import styles from "./reports.module.css";

const tones: Record<Run["state"], Tone> = { queued: "calm", sent: "good", skipped: "warn" };

/** The reports that were sent, and what has become of the mail of each recipient. */
export function Runs({ id, onPreview }: { id: string; onPreview: (to: string) => void }) {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const list = useRuns(id);
  return (
    <Section plain title={t("reports.runs.title")}>
      {list.error !== null && list.rows.length === 0 && <Problem error={list.error} onRetry={list.reload} />}
      {!list.loading && list.error === null && list.rows.length === 0 && (
        <p className={styles.soft}>{t("reports.runs.none")}</p>
      )}
      <ul className={styles.runs}>
        {list.rows.map(({ from, to, manual, missed, state, reason, deliveries }) => (
          <li key={to}>
            <div className={styles.run}>
              <strong>
                {dateTime(from)} – {dateTime(to)}
              </strong>
              <Status tone={tones[state]} label={t(`reports.runs.states.${state}`)} />
              {manual && <span className={styles.soft}>{t("reports.runs.manual")}</span>}
              {missed > 0 && <span className={styles.soft}>{t("reports.runs.missed", { count: missed })}</span>}
              {reason !== null && <span className={styles.soft}>{t(`reports.runs.reasons.${reason}`)}</span>}
              {state === "sent" && (
                <Button size="compact-sm" variant="subtle" onClick={() => onPreview(to)}>
                  {t("reports.runs.read")}
                </Button>
              )}
            </div>
            {deliveries.map((delivery) => (
              <p key={delivery.email} className={styles.mail}>
                <MailStatus state={delivery.state} />
                <span>{delivery.emailDisplay}</span>
                {delivery.sentAt !== null && <Moment at={delivery.sentAt} show="dateTime" />}
                {delivery.reason !== null && <span className={styles.soft}>{delivery.reason}</span>}
              </p>
            ))}
          </li>
        ))}
      </ul>
      {list.hasMore && (
        <div>
          <Button variant="default" size="xs" loading={list.loadingMore} onClick={list.loadMore}>
            {t("parts.table.more")}
          </Button>
        </div>
      )}
    </Section>
  );
}
