import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Moment } from "../../parts/show/moment.tsx";
import { Status, type Tone } from "../../parts/show/status.tsx";
import { mailQuery, type MailStateName } from "./data.ts";
import styles from "./reports.module.css";

const tones: Record<MailStateName, Tone> = {
  queued: "calm",
  claimed: "calm",
  sent: "good",
  unknown: "warn",
  failed: "bad",
  suppressed: "bad",
  unsubscribed: "calm",
  expired: "calm",
};

/** What has become of a mail, in a word. */
export function MailStatus({ state }: { state: MailStateName }) {
  const { t } = useTranslation();
  return <Status tone={tones[state]} label={t(`reports.mailStates.${state}`)} />;
}

/** One mail of the outbox: to whom, and what has become of it. */
export function MailState({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data: mail } = useQuery(mailQuery(id));
  if (!mail) return null;
  return (
    <p className={styles.mail}>
      <MailStatus state={mail.state} />
      <span>{mail.to.addressDisplay}</span>
      {mail.sentAt !== null && <Moment at={mail.sentAt} show="dateTime" />}
      {mail.nextAttemptAt !== null && mail.sentAt === null && (
        <span>
          {t("handlers.deliveries.next")} <Moment at={mail.nextAttemptAt} />
        </span>
      )}
      {mail.problem !== null && <span className={styles.soft}>{mail.problem}</span>}
    </p>
  );
}
