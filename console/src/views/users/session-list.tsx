import { Button } from "@mantine/core";
import { IconDeviceDesktop, IconDeviceMobile } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Moment } from "../../parts/show/moment.tsx";
import type { Session } from "./data.ts";
import styles from "./users.module.css";

/** What a browser calls itself, in a few words. */
function agentOf(userAgent: string): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\/(\d+)/.exec(userAgent);
  const system = /(Windows|Mac OS X|Android|iPhone|iPad|Linux)/.exec(userAgent)?.[1];
  if (!browser) return userAgent.slice(0, 60);
  const name = { Edg: "Edge", OPR: "Opera" }[browser[1] ?? ""] ?? browser[1] ?? "";
  return [name, browser[2], system === undefined ? "" : `· ${system}`].join(" ").trim();
}

interface SessionListProps {
  sessions: readonly Session[];
  /** Ends one of them. */
  onEnd?: (session: Session) => void;
}

/** Where somebody is logged in. */
export function SessionList({ sessions, onEnd }: SessionListProps) {
  const { t } = useTranslation();
  if (sessions.length === 0) return <p className={styles.none}>{t("users.sessions.none")}</p>;
  return (
    <ul className={styles.sessions}>
      {sessions.map((session) => {
        const { id, userAgent, sourceIp, lastSeenAt, current } = session;
        const Icon = /Mobile|Android|iPhone/.test(userAgent) ? IconDeviceMobile : IconDeviceDesktop;
        return (
          <li key={id}>
            <Icon size={20} stroke={1.6} aria-hidden />
            <div>
              <div title={userAgent}>
                {agentOf(userAgent)} {current && <strong>{t("users.sessions.current")}</strong>}
              </div>
              <div className={styles.soft}>
                {sourceIp} · {t("users.sessions.seen")} <Moment at={lastSeenAt} />
              </div>
            </div>
            {onEnd && (
              <Button variant="default" size="compact-sm" onClick={() => onEnd(session)}>
                {t(current ? "frame.logOut" : "users.sessions.end")}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
