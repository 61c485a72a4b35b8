import { Button, Skeleton } from "@mantine/core";
import { IconCircleCheck, IconCircleX, IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { Section } from "../../parts/section.tsx";
import { Problem } from "../../parts/states.tsx";
import { switchDevice } from "./actions.tsx";
import { admissionQuery, type Device, type Reason } from "./data.ts";
import styles from "./device.module.css";
import { ApproveButton } from "./identity.tsx";
import { Speed } from "./speed.tsx";

/** Whether the device may back up now, with every reason against it and a way to what has to be changed. */
export function AdmissionSection({ device }: { device: Device }) {
  const { t } = useTranslation();
  const { data, error, isFetching, refetch } = useQuery(admissionQuery(device.id));
  return (
    <Section
      title={t("devices.admission.title")}
      actions={
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          loading={isFetching}
          leftSection={<IconRefresh size={15} aria-hidden />}
          onClick={() => void refetch()}
        >
          {t("devices.admission.again")}
        </Button>
      }
    >
      <div aria-live="polite">
        {error !== null && !data && <Problem error={error} onRetry={() => void refetch()} />}
        {!data && error === null && <Skeleton height={48} />}
        {data?.allowed && (
          <>
            <p className={`${styles.verdict} ${styles.yes}`}>
              <IconCircleCheck size={22} aria-hidden />
              <span>{t("devices.admission.allowed")}</span>
            </p>
            <p className={styles.note}>
              {data.drawsLicence && <>{t("devices.admission.drawsLicence")} </>}
              <Speed now={data.throttle} />
            </p>
          </>
        )}
        {data && !data.allowed && (
          <>
            <p className={`${styles.verdict} ${styles.no}`}>
              <IconCircleX size={22} aria-hidden />
              <span>{t("devices.admission.refused", { count: data.reasons.length })}</span>
            </p>
            <ul className={styles.reasons}>
              {data.reasons.map((reason) => (
                <ReasonItem key={`${reason.code} ${reason.level} ${reason.nodeId}`} reason={reason} device={device} />
              ))}
            </ul>
          </>
        )}
      </div>
    </Section>
  );
}

/** The customer that a reason lies with, by its name; undefined where the caller does not see it. */
function useReasonPlace({ level, nodeId }: Reason): string | undefined {
  const node = useNode();
  if (level === "account" || level === "device") return undefined;
  return node.path.find(({ id }) => id === nodeId)?.name;
}

function ReasonItem({ reason, device }: { reason: Reason; device: Device }) {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const place = useReasonPlace(reason);
  const { code, level, limit, used } = reason;
  const show = code === "licence_exhausted" ? number : bytes;
  const who =
    level === "account" || level === "device"
      ? t(`terms.kinds.${level}`)
      : (place ?? t("devices.admission.levelAbove", { level: t(`terms.levels.${level}`) }));
  const figures = limit === undefined || used === undefined ? null : { used: show(used), limit: show(limit) };
  const key = code === "deleted" && (level === "account" || level === "device") ? (`${level}_deleted` as const) : code;
  return (
    <li className={styles.reason}>
      <div className={styles.why}>
        <p>
          <strong>{t(`devices.reasons.${key}.title`, { who })}</strong>
        </p>
        <p className={styles.note}>
          {t(`devices.reasons.${key}.why`, { who })}
          {figures !== null && <> {t("devices.admission.figures", figures)}</>}
        </p>
      </div>
      <Remedy reason={reason} device={device} />
    </li>
  );
}

/** What to do about a reason: a button where one is enough, else a link to where it is changed. */
function Remedy({ reason: { code, level, nodeId }, device }: { reason: Reason; device: Device }) {
  const { t } = useTranslation();
  const may = useMay();
  const { scope } = useMe();
  const node = useNode();
  const link = (to: string, label: string) => (
    <Button size="xs" variant="light" component={Link} to={to}>
      {label}
    </Button>
  );
  if (code === "device_pending") return may("devices:write") ? <ApproveButton device={device} /> : null;
  if (code === "device_suspended")
    return may("devices:write") ? (
      <Button size="xs" variant="light" onClick={() => void switchDevice(device, true)}>
        {t("devices.actions.activate")}
      </Button>
    ) : null;
  if (level === "device") return null;
  if (nodeId === null) return <span className={styles.note}>{t("devices.admission.askAbove")}</span>;
  if (level === "account") {
    const remedy = code === "quota_exceeded" ? "quota" : code === "trial_ended" ? "plan" : "account";
    return link(`/n/${device.customerId}/accounts/${nodeId}`, t(`devices.remedy.${remedy}`));
  }
  // Nobody changes the limits of the own customer; they are the seller's.
  const isOwn = nodeId === scope.id && node.path.length > 0 && scope.level !== "provider";
  if (code === "space_exceeded" || code === "licence_exhausted") {
    if (isOwn) return <span className={styles.note}>{t("devices.admission.askAbove")}</span>;
    return link(
      `/n/${nodeId}/allocations`,
      t(code === "space_exceeded" ? "devices.remedy.space" : "devices.remedy.licences"),
    );
  }
  return link(`/n/${nodeId}`, t("devices.remedy.customer"));
}
