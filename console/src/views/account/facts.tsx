import { Button } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { Bar } from "../../parts/show/bar.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { Facts } from "../../parts/show/facts.tsx";
import { Section } from "../../parts/section.tsx";
import { usePlanName } from "../accounts/columns.tsx";
import type { Account } from "../accounts/data.ts";
import { EditAccount } from "./edit-account.tsx";

/** Plan, quotas and trial of an account. */
export function AccountFacts({ account }: { account: Account }) {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const node = useNode();
  const may = useMay();
  const planName = usePlanName();
  const [editing, setEditing] = useState(false);
  const { effectiveQuota, trial } = account;
  const quota = (value: number | null, none: string): string => (value === null ? none : bytes(value));
  return (
    <Section
      title={t("accounts.planAndQuota")}
      actions={
        may("accounts:write") &&
        account.deletedAt === null && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPencil size={15} aria-hidden />}
            onClick={() => setEditing(true)}
          >
            {t("devices.actions.edit")}
          </Button>
        )
      }
    >
      <Facts
        facts={[
          [t("accounts.columns.plan"), planName(account.plan)],
          [
            t("accounts.columns.used"),
            <Bar key="used" used={account.usedBytes} limit={effectiveQuota.bytes} format={bytes} />,
          ],
          [t("accounts.hardQuota"), quota(account.hardQuotaBytes, t("accounts.byPlan"))],
          [t("accounts.userQuota"), quota(account.userQuotaBytes, t("terms.none"))],
          [
            t("accounts.effective"),
            effectiveQuota.source === null
              ? t("terms.unlimited")
              : `${quota(effectiveQuota.bytes, t("terms.unlimited"))} (${t(`accounts.sources.${effectiveQuota.source}`)})`,
          ],
          trial === null
            ? null
            : [
                t("terms.states.trial"),
                <span key="trial">
                  {t("terms.states.trialDays", { count: trial.daysLeft })} (<Moment at={trial.endsAt} show="date" />)
                </span>,
              ],
          trial === null || trial.deleteAt === null
            ? null
            : [t("accounts.trialDeleteAt"), <Moment key="deleteAt" at={trial.deleteAt} show="dateTime" />],
          [t("accounts.columns.devices"), number(account.deviceCount)],
          account.parentAccountId === null
            ? null
            : [
                t("accounts.parent"),
                <Link
                  key="parent"
                  to="/n/$nodeId/accounts/$accountId"
                  params={{ nodeId: account.customerId, accountId: account.parentAccountId }}
                >
                  {t("accounts.openParent")}
                </Link>,
              ],
          [
            t("accounts.columns.customer"),
            <Link key="customer" to="/n/$nodeId" params={{ nodeId: account.customerId }}>
              {node.id === account.customerId ? node.name : account.customerId}
            </Link>,
          ],
          account.externalRef === null ? null : [t("accounts.columns.reference"), account.externalRef],
          [t("accounts.columns.created"), <Moment key="created" at={account.createdAt} show="dateTime" />],
          account.purgeAt === null
            ? null
            : [t("devices.computer.restorable"), <Moment key="purge" at={account.purgeAt} show="dateTime" />],
        ]}
      />
      <Dialog opened={editing} onClose={() => setEditing(false)} title={t("accounts.editTitle")}>
        {editing && <EditAccount account={account} onDone={() => setEditing(false)} />}
      </Dialog>
    </Section>
  );
}
