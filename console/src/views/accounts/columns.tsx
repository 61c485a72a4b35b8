import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Bar } from "../../parts/show/bar.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Moment } from "../../parts/show/moment.tsx";
import type { Column } from "../../parts/table/column.ts";
import { AccountState } from "./account-state.tsx";
import { type AccountRow, plansQuery } from "./data.ts";

/** Names of service plans by their code. */
export function usePlanName(): (code: string) => string {
  const { data } = useQuery(plansQuery);
  return useCallback((code) => data?.find((plan) => plan.code === code)?.name ?? code, [data]);
}

/** The columns of the accounts table. */
export function useAccountColumns(): Column<AccountRow>[] {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const planName = usePlanName();
  return useMemo(
    (): Column<AccountRow>[] => [
      {
        id: "username",
        header: t("accounts.columns.username"),
        width: 190,
        grow: true,
        sort: "loaded",
        value: ({ account }) => account.username,
        cell: ({ account }) => (
          <Link
            to="/n/$nodeId/accounts/$accountId"
            params={{ nodeId: account.customerId, accountId: account.id }}
            title={account.username}
            data-name
          >
            {account.username}
          </Link>
        ),
      },
      {
        id: "customer",
        header: t("accounts.columns.customer"),
        width: 180,
        grow: true,
        sort: "loaded",
        value: ({ customer }) => customer?.name ?? null,
        cell: ({ customer }) =>
          customer ? (
            <Link to="/n/$nodeId" params={{ nodeId: customer.id }} title={customer.name} data-quiet>
              {customer.name}
            </Link>
          ) : (
            "–"
          ),
      },
      {
        id: "role",
        header: t("accounts.columns.role"),
        width: 120,
        sort: "loaded",
        value: ({ account }) => t(account.parentAccountId === null ? "accounts.parent" : "accounts.sub"),
        cell: ({ account }) => t(account.parentAccountId === null ? "accounts.parent" : "accounts.sub"),
      },
      {
        id: "plan",
        header: t("accounts.columns.plan"),
        width: 110,
        sort: "loaded",
        value: ({ account }) => planName(account.plan),
        cell: ({ account }) => planName(account.plan),
      },
      {
        id: "contact",
        header: t("accounts.columns.contact"),
        width: 170,
        sort: "loaded",
        value: ({ account }) => account.contact.name,
        cell: ({ account }) => <span title={account.contact.emailDisplay}>{account.contact.name}</span>,
      },
      {
        id: "state",
        header: t("accounts.columns.state"),
        width: 170,
        brief: true,
        sort: "loaded",
        value: ({ account }) => account.state,
        cell: ({ account }) => <AccountState account={account} />,
      },
      {
        id: "used",
        header: t("accounts.columns.used"),
        width: 160,
        brief: true,
        sort: "loaded",
        value: ({ account }) => account.usedBytes,
        cell: ({ account }) => (
          <Bar used={account.usedBytes} limit={account.effectiveQuota.bytes} format={bytes} brief />
        ),
      },
      {
        id: "devices",
        header: t("accounts.columns.devices"),
        width: 85,
        align: "right",
        sort: "loaded",
        value: ({ account }) => account.deviceCount,
        cell: ({ account }) => number(account.deviceCount),
      },
      {
        id: "quota",
        header: t("accounts.columns.quota"),
        width: 120,
        align: "right",
        hidden: true,
        sort: "loaded",
        value: ({ account }) => account.effectiveQuota.bytes,
        cell: ({ account }) =>
          account.effectiveQuota.bytes === null ? t("terms.unlimited") : bytes(account.effectiveQuota.bytes),
      },
      {
        id: "email",
        header: t("accounts.columns.email"),
        width: 220,
        hidden: true,
        sort: "loaded",
        value: ({ account }) => account.contact.emailDisplay,
        cell: ({ account }) => account.contact.emailDisplay,
      },
      {
        id: "reference",
        header: t("accounts.columns.reference"),
        width: 130,
        hidden: true,
        sort: "loaded",
        value: ({ account }) => account.externalRef,
        cell: ({ account }) => account.externalRef ?? "–",
      },
      {
        id: "created",
        header: t("accounts.columns.created"),
        width: 130,
        hidden: true,
        sort: "loaded",
        value: ({ account }) => account.createdAt,
        cell: ({ account }) => <Moment at={account.createdAt} show="date" />,
      },
    ],
    [t, bytes, number, planName],
  );
}
