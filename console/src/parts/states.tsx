import { Button } from "@mantine/core";
import { IconAlertTriangle, type TablerIcon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { nameOf, tell } from "../app/problem.ts";
import styles from "./states.module.css";

/** What has failed, what to do, what the service says about it, and the id of the request. */
export function Problem({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const { sentence, detail, requestId, fields } = tell(error);
  return (
    <div className={styles.problem} role="alert">
      <IconAlertTriangle size={18} aria-hidden />
      <div className={styles.body}>
        <p className={styles.sentence}>{sentence}</p>
        {detail !== null && (
          <p className={styles.detail} lang="en">
            {detail}
          </p>
        )}
        {fields.length > 1 && (
          <ul className={styles.detail}>
            {fields.map(({ path, message }) => (
              <li key={`${path} ${message}`}>
                {nameOf(path)}: {message}
              </li>
            ))}
          </ul>
        )}
        {requestId !== null && <p className={styles.request}>{t("problems.request", { id: requestId })}</p>}
        {onRetry && (
          <Button className={styles.actions} size="xs" variant="default" onClick={onRetry}>
            {t("problems.retry")}
          </Button>
        )}
      </div>
    </div>
  );
}

/** A whole page that could not be shown. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={styles.failure}>
      <h1 className="visually-hidden">{t("frame.failed")}</h1>
      <Problem error={error} {...(onRetry && { onRetry })} />
    </div>
  );
}

interface EmptyProps {
  icon: TablerIcon;
  title: string;
  /** What to do so that there is something. */
  hint: string;
  children?: ReactNode;
}

/** Where there is nothing yet: says so, and what to do. */
export function Empty({ icon: Icon, title, hint, children }: EmptyProps) {
  return (
    <div className={styles.empty}>
      <span className={styles.icon}>
        <Icon size={22} stroke={1.6} aria-hidden />
      </span>
      <p className={styles.title}>{title}</p>
      <p className={styles.hint}>{hint}</p>
      {children}
    </div>
  );
}
