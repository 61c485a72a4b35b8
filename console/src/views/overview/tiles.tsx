import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Track } from "../../parts/show/bar.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import type { Overview } from "./data.ts";
import styles from "./overview.module.css";

function Tile({ label, children }: { label: string; children: ReactNode }) {
  return (
    <section className={`${styles.card} ${styles.tile}`} aria-label={label}>
      <h2 className={styles.label}>{label}</h2>
      {children}
    </section>
  );
}

/** The figures that are looked at first. */
export function Tiles({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const { bytes, number, date } = useFormats();
  const { customer, devices, attention } = overview;
  const { space, licences, trial, deviceLimit } = customer;
  const unlimited = t(customer.level === "provider" ? "overview.noDeviceLimit" : "overview.unlimited");
  const troubled = attention.counts.devices;
  const safe = Math.max(0, devices - troubled);
  return (
    <>
      <Tile label={t("overview.protected")}>
        <div className={`${styles.figure} numbers`}>
          {number(safe)}{" "}
          <small>{devices === 0 ? t("overview.noDevices") : t("overview.protectedOf", { count: devices })}</small>
        </div>
        {devices > 0 && <Track used={safe} limit={devices} near={2} />}
        <p className={styles.note}>
          {troubled > 0 ? (
            <span className={styles.warn}>{t("overview.needAttention", { count: troubled })}</span>
          ) : (
            devices > 0 && <span>{t("overview.allProtected")}</span>
          )}
        </p>
      </Tile>
      <Tile label={t("overview.space")}>
        <div className={`${styles.figure} numbers`}>
          {bytes(space.usedBytes)}{" "}
          {space.limitBytes !== null && (
            <small>
              {t("terms.of")} {bytes(space.limitBytes)}
            </small>
          )}
        </div>
        {space.limitBytes !== null && (
          <Track used={space.usedBytes} limit={space.limitBytes} also={space.allottedToChildrenBytes} />
        )}
        <p className={styles.note}>
          {space.limitBytes === null ? (
            <span>{unlimited}</span>
          ) : (
            <>
              {space.allottedToChildrenBytes > 0 && (
                <span>{t("overview.allotted", { amount: bytes(space.allottedToChildrenBytes) })}</span>
              )}
              {space.freeBytes !== null && <span>{t("overview.free", { amount: bytes(space.freeBytes) })}</span>}
            </>
          )}
          {space.softLimitBytes !== null && (
            <span>{t("overview.softLimit", { amount: bytes(space.softLimitBytes) })}</span>
          )}
        </p>
      </Tile>
      <Tile label={t("overview.licences")}>
        <div className={`${styles.figure} numbers`}>
          {number(licences.used)}{" "}
          {licences.limit !== null && (
            <small>
              {t("terms.of")} {number(licences.limit)}
            </small>
          )}
        </div>
        {licences.limit !== null && (
          <Track used={licences.used} limit={licences.limit} also={licences.allottedToChildren} />
        )}
        <p className={styles.note}>
          {licences.limit === null && <span>{unlimited}</span>}
          {licences.limit !== null && licences.available !== null && (
            <span>{t("overview.licencesFree", { count: licences.available })}</span>
          )}
          <span>{t("overview.toDate", { count: licences.usedToDate })}</span>
        </p>
      </Tile>
      {trial === null ? (
        <Tile label={t("overview.devices")}>
          <div className={`${styles.figure} numbers`}>
            {number(devices)}{" "}
            {deviceLimit !== null && (
              <small>
                {t("terms.of")} {number(deviceLimit)}
              </small>
            )}
          </div>
          {deviceLimit !== null && <Track used={devices} limit={deviceLimit} />}
          <p className={styles.note}>{deviceLimit === null && <span>{t("overview.noDeviceLimit")}</span>}</p>
        </Tile>
      ) : (
        <Tile label={t("overview.trial")}>
          <div className={`${styles.figure} numbers`}>{t("overview.trialDays", { count: trial.daysLeft })}</div>
          <p className={styles.note}>{t("overview.trialUntil", { date: date(trial.endsAt) })}</p>
        </Tile>
      )}
    </>
  );
}
