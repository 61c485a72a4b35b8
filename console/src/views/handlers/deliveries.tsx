import { Button } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Section } from "../../parts/section.tsx";
import { Problem } from "../../parts/states.tsx";
import { MailState } from "../reports/mail-state.tsx";
import { type Delivery, type Handler, refreshHandlers, useHandlerDeliveries } from "./data.ts";
import { DeliveryState } from "./handler-state.tsx";
import styles from "./handlers.module.css";

/** What a handler has delivered in the last 30 days: each attempt, what was sent, what was answered. */
export function Deliveries({ handler }: { handler: Handler }) {
  const { t } = useTranslation();
  const list = useHandlerDeliveries(handler.id);
  return (
    <Section plain title={t("handlers.deliveries.title")} hint={t("handlers.deliveries.hint")}>
      {list.error !== null && list.rows.length === 0 && <Problem error={list.error} onRetry={list.reload} />}
      {!list.loading && list.error === null && list.rows.length === 0 && (
        <p className={styles.soft}>{t("handlers.deliveries.none")}</p>
      )}
      <ul className={styles.deliveries}>
        {list.rows.map((delivery) => (
          <Row key={delivery.id} delivery={delivery} handler={handler} />
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

/** A body as people read it. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // it was cut, or is none
  }
}

function Row({ delivery, handler }: { delivery: Delivery; handler: Handler }) {
  const { t } = useTranslation();
  const may = useMay();
  const { number } = useFormats();
  const { id, type, state, createdAt, nextAttemptAt, log, request, answer, mailIds } = delivery;
  const again = async (): Promise<void> => {
    try {
      await tenantry.redeliver({ params: { id: handler.id, deliveryId: id } });
      await refreshHandlers();
      notify(t("handlers.deliveries.againDone"));
    } catch (error) {
      notifyProblem(error);
    }
  };
  return (
    <li>
      <details>
        <summary>
          <span className={styles.what}>{t(`log.types.${type}`)}</span>
          <DeliveryState state={state} />
          <Moment at={createdAt} />
        </summary>
        <div className={styles.inside}>
          {nextAttemptAt !== null && (
            <p>
              {t("handlers.deliveries.next")} <Moment at={nextAttemptAt} />
            </p>
          )}
          {log.length > 0 && (
            <ol className={styles.attempts} aria-label={t("handlers.deliveries.attempts")}>
              {log.map(({ at, status, problem, durationMs }) => (
                <li key={at}>
                  <Moment at={at} show="dateTime" />
                  <span>{status === null ? "–" : `HTTP ${status}`}</span>
                  <span>{t("handlers.deliveries.took", { time: number(durationMs) })}</span>
                  <span>{problem ?? t("handlers.deliveryStates.delivered")}</span>
                </li>
              ))}
            </ol>
          )}
          {mailIds.map((mailId) => (
            <MailState key={mailId} id={mailId} />
          ))}
          {request && (
            <>
              <h3>{t("handlers.deliveries.request")}</h3>
              {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
              <pre tabIndex={0}>{pretty(request.body)}</pre>
            </>
          )}
          {answer !== null && (
            <>
              <h3>{t("handlers.deliveries.answer")}</h3>
              {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
              <pre tabIndex={0}>{pretty(answer)}</pre>
            </>
          )}
          {may("events:write") && (
            <div>
              <Button
                size="xs"
                variant="default"
                disabled={!handler.active}
                leftSection={<IconRefresh size={15} aria-hidden />}
                onClick={() => void again()}
              >
                {t("handlers.deliveries.again")}
              </Button>
            </div>
          )}
        </div>
      </details>
    </li>
  );
}
