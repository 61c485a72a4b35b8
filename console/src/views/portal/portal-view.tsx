import { NativeSelect, Skeleton } from "@mantine/core";
import { IconDeviceDesktop, IconDeviceLaptop, IconServer, type TablerIcon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { queryClient, tenantry } from "../../app/api.ts";
import { useMe } from "../../app/session.tsx";
import { Track } from "../../parts/show/bar.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Empty, Failure, Problem } from "../../parts/states.tsx";
import { AttentionList, DeviceState } from "../devices/device-state.tsx";
import { type Device, ownAccountQuery, ownAccountsQuery, ownDevicesQuery } from "./data.ts";
import styles from "./portal.module.css";
import { SpaceTile } from "./space-tile.tsx";

const icons: Record<Device["kind"], TablerIcon> = {
  workstation: IconDeviceDesktop,
  laptop: IconDeviceLaptop,
  server: IconServer,
};

/** What a customer sees by the login of a backup account: its devices, what needs attention, its space. */
export function PortalView() {
  const { t } = useTranslation();
  const { scope, account: seen } = useMe();
  const accounts = useQuery(ownAccountsQuery);
  const currentId = accounts.data?.items.find(({ current }) => current)?.id ?? seen?.id ?? "";
  const account = useQuery(ownAccountQuery(currentId));
  const devices = useQuery(ownDevicesQuery(currentId));
  if (account.error !== null && !account.data)
    return <Failure error={account.error} onRetry={() => void account.refetch()} />;
  const alive = devices.data?.filter(({ state }) => state !== "deleted");
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div>
          <h1>{t("portal.title")}</h1>
          <p>
            {scope.name}
            {account.data && ` · ${account.data.username}`}
          </p>
        </div>
        <AccountSwitch currentId={currentId} />
      </header>
      <div className={styles.tiles}>
        {alive ? <ProtectedTile devices={alive} /> : <Skeleton height={112} radius="md" />}
        {account.data ? <SpaceTile account={account.data} /> : <Skeleton height={112} radius="md" />}
      </div>
      <h2 className={styles.subtitle}>{t("portal.devices")}</h2>
      {devices.error !== null && !devices.data && (
        <Problem error={devices.error} onRetry={() => void devices.refetch()} />
      )}
      {alive?.length === 0 && (
        <Empty icon={IconDeviceDesktop} title={t("portal.emptyTitle")} hint={t("portal.emptyHint")} />
      )}
      <ul className={styles.devices}>
        {alive?.map((device) => (
          <DeviceCard key={device.id} device={device} />
        ))}
      </ul>
    </div>
  );
}

/** Other accounts of the customer; where there are none, or it is forbidden, nothing. */
function AccountSwitch({ currentId }: { currentId: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(ownAccountsQuery);
  if (!data || data.items.length < 2) return null;
  const change = async (accountId: string): Promise<void> => {
    try {
      const { username } = await tenantry.switchAccount({ body: { accountId } });
      await queryClient.invalidateQueries();
      notify(t("portal.switched", { username }));
    } catch (error) {
      notifyProblem(error);
    }
  };
  return (
    <NativeSelect
      label={t("portal.switchTo")}
      value={currentId}
      data={data.items.map(({ id, username }) => ({ value: id, label: username }))}
      onChange={(event) => void change(event.currentTarget.value)}
    />
  );
}

function ProtectedTile({ devices }: { devices: readonly Device[] }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const safe = devices.filter(({ attention, state }) => attention.length === 0 && state === "active").length;
  const troubled = devices.length - safe;
  return (
    <section className={styles.tile} aria-label={t("portal.protected")}>
      <h2>{t("portal.protected")}</h2>
      <div className={`${styles.figure} numbers`}>
        {number(safe)} <small>{t("overview.protectedOf", { count: devices.length })}</small>
      </div>
      {devices.length > 0 && <Track used={safe} limit={devices.length} near={2} />}
      <p className={styles.note}>
        {troubled > 0 ? (
          <span className={styles.warn}>{t("portal.needAttention", { count: troubled })}</span>
        ) : (
          devices.length > 0 && t("portal.allFine")
        )}
      </p>
    </section>
  );
}

function DeviceCard({ device }: { device: Device }) {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const { id, name, kind, os, state, attention, lastSuccessAt, usedBytes } = device;
  const Icon = icons[kind];
  return (
    <li className={styles.device}>
      <span className={styles.icon}>
        <Icon size={22} stroke={1.6} aria-hidden />
      </span>
      <div>
        <Link to="/portal/devices/$deviceId" params={{ deviceId: id }} className={styles.name}>
          {name}
        </Link>
        <div className={styles.facts}>{os}</div>
      </div>
      <div className={styles.facts}>
        {state !== "active" && <DeviceState state={state} />} {t("portal.lastBackup")}:{" "}
        <Moment at={lastSuccessAt} none={t("portal.never")} /> · {t("portal.stored")}: {bytes(usedBytes)}
      </div>
      {attention.length > 0 && (
        <div className={styles.reasons}>
          <AttentionList attention={attention} />
        </div>
      )}
    </li>
  );
}
