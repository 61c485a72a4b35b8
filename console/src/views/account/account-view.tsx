import { Button, Skeleton } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { Section } from "../../parts/section.tsx";
import { Failure } from "../../parts/states.tsx";
import { AccountState } from "../accounts/account-state.tsx";
import { type Account, accountsOf } from "../accounts/data.ts";
import { accountQuery } from "../device/data.ts";
import styles from "../device/device.module.css";
import { AttentionCell, DeviceState } from "../devices/device-state.tsx";
import { AccountActions } from "./actions.tsx";
import { ContactSection } from "./contact-section.tsx";
import { AccountFacts } from "./facts.tsx";
import { PortalSection } from "./portal.tsx";

const route = getRouteApi("/n/$nodeId/accounts/$accountId");

/** One account: its plan and quotas, its contact, its devices and sub-accounts, and what can be done with it. */
export function AccountView() {
  const { t } = useTranslation();
  const node = useNode();
  const { accountId } = route.useParams();
  const { data: account, error, refetch } = useQuery(accountQuery(accountId));
  if (error !== null && account === undefined) return <Failure error={error} onRetry={() => void refetch()} />;
  if (account === undefined)
    return (
      <div className={styles.page} aria-busy="true">
        <Skeleton height={28} width={260} />
        <Skeleton height={200} />
      </div>
    );
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <div className={styles.title}>
          <Link to="/n/$nodeId/accounts" params={{ nodeId: node.id }} className={styles.back}>
            {t("accounts.all")}
          </Link>
          <h2>{account.username}</h2>
          <AccountState account={account} />
          <span className={styles.kind}>
            {t(account.parentAccountId === null ? "accounts.parent" : "accounts.sub")}
          </span>
        </div>
        <AccountActions account={account} />
      </div>
      <div className={styles.columns}>
        <div className={styles.column}>
          <DevicesOf account={account} />
          {account.parentAccountId === null && <SubAccounts account={account} />}
          <ContactSection account={account} />
        </div>
        <div className={styles.column}>
          <AccountFacts account={account} />
          <PortalSection account={account} />
        </div>
      </div>
    </div>
  );
}

function DevicesOf({ account }: { account: Account }) {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const { data } = useQuery({
    queryKey: ["devices", "of-account", account.id],
    queryFn: async ({ signal }) =>
      (await tenantry.listDevices({ query: { accountId: account.id, limit: 200 }, signal })).items,
  });
  const devices = data?.filter(({ state }) => state !== "deleted");
  return (
    <Section title={t("accounts.devices")}>
      {!devices && <Skeleton height={60} />}
      {devices?.length === 0 && <p className={styles.note}>{t("accounts.noDevices")}</p>}
      {devices && devices.length > 0 && (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={styles.tableWrap} tabIndex={0} role="group" aria-label={t("accounts.devices")}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t("devices.columns.name")}</th>
                <th scope="col">{t("devices.columns.state")}</th>
                <th scope="col">{t("devices.columns.attention")}</th>
                <th scope="col">{t("devices.columns.lastBackup")}</th>
                <th scope="col" className={styles.right}>
                  {t("devices.columns.used")}
                </th>
              </tr>
            </thead>
            <tbody>
              {devices.map((device) => (
                <tr key={device.id}>
                  <td>
                    <Link to="/n/$nodeId/devices/$deviceId" params={{ nodeId: device.customerId, deviceId: device.id }}>
                      {device.name}
                    </Link>
                  </td>
                  <td>
                    <DeviceState state={device.state} />
                  </td>
                  <td>
                    <AttentionCell attention={device.attention} />
                  </td>
                  <td className={styles.tight}>
                    <Moment at={device.lastSuccessAt} none={t("parts.never")} />
                  </td>
                  <td className={styles.right}>{bytes(device.usedBytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function SubAccounts({ account }: { account: Account }) {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const may = useMay();
  const { data } = useQuery(accountsOf(account.customerId));
  const subs = data?.filter(({ parentAccountId, state }) => parentAccountId === account.id && state !== "deleted");
  return (
    <Section
      title={t("accounts.subAccounts")}
      hint={t("accounts.subHint")}
      actions={
        may("accounts:write") &&
        account.deletedAt === null && (
          <Button
            size="compact-sm"
            variant="default"
            renderRoot={(props: object) => (
              <Link
                {...props}
                to="/n/$nodeId/accounts/new"
                params={{ nodeId: account.customerId }}
                search={{ way: "sub-account", parent: account.id }}
              />
            )}
            leftSection={<IconPlus size={15} aria-hidden />}
          >
            {t("accounts.addSub")}
          </Button>
        )
      }
    >
      {subs?.length === 0 && <p className={styles.note}>{t("accounts.noSubs")}</p>}
      {subs && subs.length > 0 && (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={styles.tableWrap} tabIndex={0} role="group" aria-label={t("accounts.subAccounts")}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t("accounts.columns.username")}</th>
                <th scope="col">{t("accounts.columns.contact")}</th>
                <th scope="col">{t("accounts.columns.state")}</th>
                <th scope="col" className={styles.right}>
                  {t("accounts.columns.devices")}
                </th>
                <th scope="col" className={styles.right}>
                  {t("accounts.columns.used")}
                </th>
              </tr>
            </thead>
            <tbody>
              {subs.map((sub) => (
                <tr key={sub.id}>
                  <td>
                    <Link to="/n/$nodeId/accounts/$accountId" params={{ nodeId: sub.customerId, accountId: sub.id }}>
                      {sub.username}
                    </Link>
                  </td>
                  <td>{sub.contact.name}</td>
                  <td>
                    <AccountState account={sub} />
                  </td>
                  <td className={styles.right}>{number(sub.deviceCount)}</td>
                  <td className={styles.right}>{bytes(sub.usedBytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}
