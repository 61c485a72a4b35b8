import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useNode } from "../../frame/node-context.ts";
import { Facts } from "../../parts/show/facts.tsx";
import { Section } from "../../parts/section.tsx";
import { Problem } from "../../parts/states.tsx";
import { type Device, settingsQuery } from "./data.ts";
import styles from "./device.module.css";
import { Speed } from "./speed.tsx";

interface Source {
  id: string | null;
  level: string;
}

/** The level that a value comes from, with a link to its settings where the caller sees it. */
function From({ source }: { source: Source }) {
  const { t, i18n } = useTranslation();
  const node = useNode();
  const { id, level } = source;
  const key = `terms.levels.${level}`;
  const place = node.path.find((step) => step.id === id)?.name;
  const name =
    level === "default" || level === "device" || level === "backup-set"
      ? t(`devices.settings.levels.${level}`)
      : (place ?? (i18n.exists(key) ? t(key as "terms.levels.site") : level));
  const settings: string = `/n/${id}/settings`;
  return (
    <div className={styles.source}>
      {t("devices.settings.from")} {id !== null && place !== undefined ? <Link to={settings}>{name}</Link> : name}
    </div>
  );
}

/** The settings that apply to the device, each with the level that it comes from. */
export function SettingsSection({ device }: { device: Device }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(settingsQuery(device.id));
  const days = (count: number): string => t("devices.sets.days", { count });
  const yesNo = (value: boolean): string => t(value ? "devices.settings.on" : "devices.settings.off");
  const row = (name: string, value: React.ReactNode, source: Source): readonly [string, React.ReactNode] => [
    name,
    <>
      {value}
      <From source={source} />
    </>,
  ];
  return (
    <Section title={t("devices.settings.title")} hint={t("devices.settings.hint")}>
      {error !== null && !data && <Problem error={error} onRetry={() => void refetch()} />}
      {!data && error === null && <Skeleton height={200} />}
      {data && (
        <Facts
          facts={[
            row(t("devices.throttle.title"), <Speed now={data.throttleNow} />, data.throttleNow.source),
            row(t("devices.settings.timezone"), data.timezone.value, data.timezone.source),
            row(
              t("devices.settings.noBackupDays"),
              days(data.watchlist.noBackupDays.value),
              data.watchlist.noBackupDays.source,
            ),
            device.kind === "server"
              ? row(
                  t("devices.settings.notSeenDays"),
                  days(data.watchlist.serverNotSeenDays.value),
                  data.watchlist.serverNotSeenDays.source,
                )
              : row(
                  t("devices.settings.notSeenDays"),
                  days(data.watchlist.notSeenDays.value),
                  data.watchlist.notSeenDays.source,
                ),
            row(
              t("devices.settings.agent"),
              data.watchlist.minimumAgentVersion.value ?? t("terms.none"),
              data.watchlist.minimumAgentVersion.source,
            ),
            row(t("devices.settings.graceDays"), days(data.deletion.graceDays.value), data.deletion.graceDays.source),
            row(t("devices.settings.portal"), yesNo(data.portal.enabled.value), data.portal.enabled.source),
            row(t("devices.settings.restore"), yesNo(data.portal.restore.value), data.portal.restore.source),
            row(t("devices.settings.locale"), languageName(data.locale.value), data.locale.source),
          ]}
        />
      )}
    </Section>
  );
}

const languageName = (code: string): string => new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code;
