import { Button, Skeleton } from "@mantine/core";
import { IconArrowLeft, IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Output } from "@tenantry/client";
import { tenantry } from "../../app/api.ts";
import { Secret } from "../../parts/show/copy.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Section } from "../../parts/section.tsx";
import { Failure, Problem } from "../../parts/states.tsx";
import { admissionQuery, deviceQuery } from "../device/data.ts";
import { JobsSection } from "../device/jobs.tsx";
import { AttentionList, DeviceState } from "../devices/device-state.tsx";
import styles from "./portal.module.css";

const route = getRouteApi("/portal/devices/$deviceId");

/** One of the account's devices: whether it may back up, what it has done, and the way to its files. */
export function PortalDeviceView() {
  const { t } = useTranslation();
  const { deviceId } = route.useParams();
  const { data: device, error, refetch } = useQuery(deviceQuery(deviceId));
  if (error !== null && !device) return <Failure error={error} onRetry={() => void refetch()} />;
  return (
    <div className={styles.page}>
      <Link to="/portal">
        <IconArrowLeft size={14} aria-hidden /> {t("portal.allDevices")}
      </Link>
      {device ? (
        <>
          <header className={styles.head}>
            <div>
              <h1>{device.name}</h1>
              <p>{device.os}</p>
            </div>
            <DeviceState state={device.state} />
          </header>
          <Admission deviceId={deviceId} />
          {device.attention.length > 0 && (
            <Section title={t("devices.attentionTitle")}>
              <AttentionList attention={device.attention} />
            </Section>
          )}
          <JobsSection device={device} />
          <Restore deviceId={deviceId} />
        </>
      ) : (
        <Skeleton height={240} />
      )}
    </div>
  );
}

/** Whether it may back up now, in words for its user, who cannot change the reasons that lie with the seller. */
function Admission({ deviceId }: { deviceId: string }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(admissionQuery(deviceId));
  if (error !== null && !data) return <Problem error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={60} />;
  const Icon = data.allowed ? IconCircleCheck : IconCircleX;
  return (
    <Section title={t("devices.admission.title")}>
      <p className={`${styles.verdict} ${data.allowed ? styles.yes : styles.no}`}>
        <Icon size={20} aria-hidden />
        {t(data.allowed ? "portal.mayBackUp" : "portal.mayNot")}
      </p>
      {data.reasons.length > 0 && (
        <ul className={styles.why}>
          {data.reasons.map(({ code, level }) => {
            const who =
              level === "account" || level === "device" ? t(`terms.kinds.${level}`) : t(`terms.levels.${level}`);
            return (
              <li key={`${code} ${level}`}>
                <p>
                  <strong>{t(`devices.reasons.${code}.title`, { who })}</strong>
                </p>
                <p className={styles.note}>{t(`devices.reasons.${code}.why`, { who })}</p>
              </li>
            );
          })}
          <li className={styles.note}>{t("portal.askProvider")}</li>
        </ul>
      )}
    </Section>
  );
}

/** Access to what the device has stored. It is shown, and kept nowhere. */
function Restore({ deviceId }: { deviceId: string }) {
  const { t } = useTranslation();
  const { relative } = useFormats();
  const [access, setAccess] = useState<Output<"giveRestoreAccess"> | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const give = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      setAccess(await tenantry.giveRestoreAccess({ params: { id: deviceId }, body: {} }));
    } catch (refusal) {
      setError(refusal);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Section
      title={t("portal.restore")}
      hint={t("portal.restoreHint")}
      actions={
        <Button variant="default" loading={busy} onClick={() => void give()}>
          {t("portal.restoreAction")}
        </Button>
      }
    >
      {error !== null && <Problem error={error} />}
      {access?.storageServer && (
        <p>
          {t("portal.restoreServer")} {access.storageServer.name}
        </p>
      )}
      {access?.credentials && (
        <div className={styles.secrets}>
          <p className={styles.note}>{t("portal.restoreUntil", { when: relative(access.credentials.expiresAt) })}</p>
          <Secret label={t("portal.restoreFields.endpoint")} text={access.endpoint ?? ""} />
          <Secret label={t("portal.restoreFields.region")} text={access.region ?? ""} />
          <Secret label={t("portal.restoreFields.bucket")} text={access.bucket ?? ""} />
          {access.credentials.prefixes.map((prefix) => (
            <Secret key={prefix} label={t("portal.restoreFields.prefix")} text={prefix} />
          ))}
          <Secret label={t("portal.restoreFields.key")} text={access.credentials.accessKeyId} />
          <Secret label={t("portal.restoreFields.secret")} text={access.credentials.secretAccessKey} />
          <Secret label={t("portal.restoreFields.session")} text={access.credentials.sessionToken} />
        </div>
      )}
    </Section>
  );
}
