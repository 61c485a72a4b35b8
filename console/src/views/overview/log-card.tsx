import { IconHistory } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/session.tsx";
import { Moment } from "../../parts/show/moment.tsx";
import { Empty } from "../../parts/states.tsx";
import { Card } from "./card.tsx";
import type { Overview } from "./data.ts";
import styles from "./overview.module.css";

/** What happened last in the branch. */
export function LogCard({ overview: { log, customer } }: { overview: Overview }) {
  const { t } = useTranslation();
  const me = useMe();
  // Names would take a request for each.
  const who = ({ kind, id }: (typeof log)[number]["actor"]): string =>
    id === me.id
      ? t("overview.you")
      : t(kind === "system" ? "parts.actors.system" : id === null ? "parts.actors.above" : `parts.actors.${kind}`);
  return (
    <Card
      title={t("overview.log")}
      size="wide"
      more={
        <Link to="/n/$nodeId/log" params={{ nodeId: customer.id }}>
          {t("overview.logAll")}
        </Link>
      }
    >
      {log.length === 0 ? (
        <Empty icon={IconHistory} title={t("overview.logNone")} hint="" />
      ) : (
        <ul className={styles.rows}>
          {log.map(({ id, type, node, actor, at }) => (
            <li key={id} className={styles.row}>
              <span>
                <span className={styles.name}>{t(`log.types.${type}`)}</span>
              </span>
              <span>{node.name}</span>
              <span className={styles.when}>
                {who(actor)}, <Moment at={at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
