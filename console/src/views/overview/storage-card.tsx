import { useTranslation } from "react-i18next";
import { useFormats } from "../../parts/show/formats.ts";
import { useRegions } from "../../parts/show/regions.ts";
import { Status } from "../../parts/show/status.tsx";
import { Card } from "./card.tsx";
import type { Overview } from "./data.ts";
import styles from "./overview.module.css";

const tones = { ready: "good", provisioning: "warn", failed: "bad" } as const;

/** Where the data lie, and what the last check found. */
export function StorageCard({ overview: { storage } }: { overview: Overview }) {
  const { t } = useTranslation();
  const { relative } = useFormats();
  const region = useRegions();
  const { location, vault, check, serviceType, devicesElsewhere } = storage;
  return (
    <Card title={t("overview.location")} size="side">
      <div className={styles.body}>
        <div className={styles.figure}>{region(location.code)}</div>
        <p>
          {location.residency === "nearest"
            ? t("overview.residency.nearest", {
                location: region(location.code),
                country: region(location.regionCountry),
              })
            : t("overview.residency.exact", { country: region(location.regionCountry) })}
        </p>
        <div>
          {vault === null ? (
            <Status
              tone="calm"
              label={t(serviceType === "software-only" ? "overview.vault.own" : "overview.vault.none")}
            />
          ) : (
            <Status tone={tones[vault.status]} label={t(`overview.vault.${vault.status}`)} />
          )}
        </div>
        {vault !== null && (
          <p className={styles.note}>
            {check === null ? (
              t("overview.residency.none")
            ) : check.state === "consistent" ? (
              t("overview.residency.consistent", { when: relative(check.checkedAt) })
            ) : (
              <Status tone="bad" label={t("overview.residency.different")} />
            )}
          </p>
        )}
        {devicesElsewhere.map(({ location: code, devices }) => (
          <p key={code} className={styles.note}>
            {t("overview.residency.moved", { count: devices, place: region(code) })}
          </p>
        ))}
      </div>
    </Card>
  );
}
