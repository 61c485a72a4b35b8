import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useNode } from "../../frame/node-context.ts";
import { Section } from "../../parts/section.tsx";
import { Failure } from "../../parts/states.tsx";
import { AttentionList, DeviceState } from "../devices/device-state.tsx";
import { DeviceActions } from "./actions.tsx";
import { AdmissionSection } from "./admission.tsx";
import { deviceQuery } from "./data.ts";
import styles from "./device.module.css";
import { DeviceFacts } from "./facts.tsx";
import { IdentityHints } from "./identity.tsx";
import { JobsSection } from "./jobs.tsx";
import { SetsSection } from "./sets.tsx";
import { SettingsSection } from "./settings.tsx";

const route = getRouteApi("/n/$nodeId/devices/$deviceId");

/** One device: whether it may back up and why not, its jobs, backup sets, settings, and what can be done with it. */
export function DeviceView() {
  const { t } = useTranslation();
  const node = useNode();
  const { deviceId } = route.useParams();
  const { data: device, error, refetch } = useQuery(deviceQuery(deviceId));
  if (error !== null && device === undefined) return <Failure error={error} onRetry={() => void refetch()} />;
  if (device === undefined)
    return (
      <div className={styles.page} aria-busy="true">
        <Skeleton height={28} width={260} />
        <Skeleton height={140} />
        <Skeleton height={240} />
      </div>
    );
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <div className={styles.title}>
          <Link to="/n/$nodeId/devices" params={{ nodeId: node.id }} className={styles.back}>
            {t("devices.all")}
          </Link>
          <h2>{device.name}</h2>
          <DeviceState state={device.state} />
          <span className={styles.kind}>
            {t(`devices.kinds.${device.kind}`)} · {device.os}
          </span>
        </div>
        <DeviceActions device={device} />
      </div>
      <div className={styles.columns}>
        <div className={styles.column}>
          <AdmissionSection device={device} />
          {device.attention.length > 0 && (
            <Section title={t("devices.attentionTitle")}>
              <AttentionList attention={device.attention} />
              <IdentityHints device={device} />
            </Section>
          )}
          <JobsSection device={device} />
          <SetsSection device={device} />
        </div>
        <div className={styles.column}>
          <DeviceFacts device={device} />
          <SettingsSection device={device} />
        </div>
      </div>
    </div>
  );
}
