import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useNode } from "../../frame/node-context.ts";
import { Bar } from "../../parts/show/bar.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { LocationName } from "../../parts/show/location.tsx";
import { Moment } from "../../parts/show/moment.tsx";
import { Facts } from "../../parts/show/facts.tsx";
import { Section } from "../../parts/section.tsx";
import { accountQuery, type Device } from "./data.ts";

/** What is known of a device: usage and quota, where its data lie, its account and its computer. */
export function DeviceFacts({ device }: { device: Device }) {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const node = useNode();
  const { data: account } = useQuery({ ...accountQuery(device.accountId ?? ""), enabled: device.accountId !== null });
  const never = t("parts.never");
  const { space } = node;
  return (
    <>
      <Section title={t("devices.usage.title")}>
        <Facts
          facts={[
            [t("devices.usage.stored"), bytes(device.usedBytes)],
            account
              ? [
                  t("devices.usage.quota"),
                  <Bar key="quota" used={account.usedBytes} limit={account.effectiveQuota.bytes} format={bytes} />,
                ]
              : null,
            [
              t("devices.usage.space", { name: node.name }),
              <Bar key="space" used={space.usedBytes} limit={space.limitBytes} format={bytes} />,
            ],
            [t("devices.columns.licence"), t(device.licensed ? "devices.licence.held" : "devices.licence.none")],
            [
              t("devices.columns.location"),
              <LocationName key="location" code={device.storageLocation} country={node.country} full />,
            ],
            [t("devices.columns.lastBackup"), <Moment key="backup" at={device.lastSuccessAt} none={never} />],
            device.failuresSinceSuccess > 0 ? [t("devices.usage.failures"), number(device.failuresSinceSuccess)] : null,
            [t("devices.columns.lastSeen"), <Moment key="seen" at={device.lastSeenAt} none={never} />],
          ]}
        />
      </Section>
      <Section title={t("devices.computer.title")}>
        <Facts
          facts={[
            [
              t("devices.columns.customer"),
              <Link key="customer" to="/n/$nodeId" params={{ nodeId: device.customerId }}>
                {node.id === device.customerId ? node.name : device.customerId}
              </Link>,
            ],
            device.accountId === null
              ? [t("devices.columns.account"), t("devices.computer.noAccount")]
              : [
                  t("devices.columns.account"),
                  <Link
                    key="account"
                    to="/n/$nodeId/accounts/$accountId"
                    params={{ nodeId: device.customerId, accountId: device.accountId }}
                  >
                    {account?.username ?? "…"}
                  </Link>,
                ],
            [t("devices.columns.machine"), device.machineId],
            [t("devices.columns.agent"), device.agentVersion ?? "–"],
            device.externalRef === null ? null : [t("devices.columns.reference"), device.externalRef],
            device.replacedBy === null
              ? null
              : [
                  t("devices.computer.replacedBy"),
                  <Link
                    key="replacedBy"
                    to="/n/$nodeId/devices/$deviceId"
                    params={{ nodeId: device.customerId, deviceId: device.replacedBy }}
                  >
                    {t("devices.computer.newer")}
                  </Link>,
                ],
            [t("devices.columns.created"), <Moment key="created" at={device.createdAt} show="dateTime" />],
            device.purgeAt === null
              ? null
              : [t("devices.computer.restorable"), <Moment key="purge" at={device.purgeAt} show="dateTime" />],
          ]}
        />
      </Section>
    </>
  );
}
