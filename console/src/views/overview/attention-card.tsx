import { IconShieldCheck } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "@tenantry/client";
import { useTranslation } from "react-i18next";
import { useFormats } from "../../parts/show/formats.ts";
import { Empty } from "../../parts/states.tsx";
import { Status } from "../../parts/show/status.tsx";
import { toneOf } from "../devices/device-state.tsx";
import { Card } from "./card.tsx";
import type { Overview } from "./data.ts";
import styles from "./overview.module.css";

type Code = Schemas["AttentionCode"];
/** The worst of what needs attention, and how much there is of each reason. */
export function AttentionCard({ overview: { attention, customer: node } }: { overview: Overview }) {
  const { t } = useTranslation();
  const { number, relative } = useFormats();
  const { counts, items } = attention;
  const reasons = Object.entries(counts.byReason).filter(([, count]) => count > 0) as [Code, number][];
  return (
    <Card
      title={t("overview.attention")}
      size="wide"
      more={
        items.length > 0 && (
          <Link to="/n/$nodeId/devices" params={{ nodeId: node.id }} search={{ attention: true }}>
            {t("overview.attentionAll")}
          </Link>
        )
      }
    >
      {items.length === 0 ? (
        <Empty icon={IconShieldCheck} title={t("overview.attentionNone")} hint={t("overview.attentionNoneHint")} />
      ) : (
        <>
          <div className={styles.reasons}>
            {reasons.map(([code, count]) => (
              <Link
                key={code}
                to="/n/$nodeId/devices"
                params={{ nodeId: node.id }}
                search={{ attention: code }}
                className={styles.reason}
              >
                {t(`devices.attention.${code}`)}: <b className="numbers">{number(count)}</b>
              </Link>
            ))}
          </div>
          <ul className={styles.rows}>
            {items.map(({ device, customer, code, since }) => (
              <li key={device.id} className={styles.row}>
                <span>
                  <Link
                    to="/n/$nodeId/devices/$deviceId"
                    params={{ nodeId: customer.id, deviceId: device.id }}
                    className={styles.name}
                  >
                    {device.name}
                  </Link>
                  <Link to="/n/$nodeId" params={{ nodeId: customer.id }} className={styles.sub}>
                    {customer.name}
                  </Link>
                </span>
                <span title={t(`devices.attentionWhy.${code}`)}>
                  <Status tone={toneOf(code)} label={t(`devices.attention.${code}`)} />
                </span>
                <span className={styles.when} title={since}>
                  {t("overview.since", { when: relative(since) })}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}
