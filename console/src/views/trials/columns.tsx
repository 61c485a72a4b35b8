import { Button, Group } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Output } from "@tenantry/client";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay, useMe } from "../../app/session.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Bar } from "../../parts/show/bar.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { notify } from "../../parts/dialogs/notify.tsx";
import type { Column } from "../../parts/table/column.ts";
import type { AccountRow } from "../accounts/data.ts";
import { DaysLeft } from "./days-left.tsx";

type Customer = Output<"getCustomer">;

/** Customers in trial: until when, and buttons to extend the trial or to begin production. */
export function useTrialCustomerColumns(onExtend: (customer: Customer) => void): Column<Customer>[] {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const may = useMay();
  const { scope } = useMe();
  const client = useQueryClient();
  const mayWrite = may("customers:write");
  return useMemo((): Column<Customer>[] => {
    const convert = ({ id, name }: Customer): void =>
      ask({
        title: t("trials.convertTitle", { name }),
        body: t("trials.convertWhy"),
        action: t("trials.convert"),
        run: async () => {
          await tenantry.endTrial({ params: { id } });
          await Promise.all(
            [["trials"], ["customers"], ["tree"]].map((queryKey) => client.invalidateQueries({ queryKey })),
          );
          notify(t("trials.converted", { name }));
        },
      });
    const seller = ({ path }: Customer): string => path.findLast(({ level }) => level === "reseller")?.name ?? "–";
    const all: Column<Customer>[] = [
      {
        id: "name",
        header: t("trials.columns.customer"),
        width: 160,
        grow: true,
        sort: "loaded",
        value: ({ name }) => name,
        cell: ({ id, name }) => (
          <Link to="/n/$nodeId" params={{ nodeId: id }} title={name} data-name>
            {name}
          </Link>
        ),
      },
      {
        id: "seller",
        header: t("watchlist.columns.seller"),
        width: 140,
        sort: "loaded",
        value: seller,
        cell: seller,
      },
      {
        id: "left",
        header: t("trials.columns.left"),
        width: 140,
        brief: true,
        sort: "loaded",
        value: ({ trial }) => trial?.daysLeft ?? null,
        cell: ({ trial }) => trial && <DaysLeft days={trial.daysLeft} endsAt={trial.endsAt} />,
      },
      {
        id: "ends",
        header: t("trials.columns.ends"),
        width: 120,
        sort: "loaded",
        value: ({ trial }) => trial?.endsAt ?? null,
        cell: ({ trial }) => <Moment at={trial?.endsAt ?? null} show="date" />,
      },
      {
        id: "extended",
        header: t("trials.columns.extended"),
        width: 100,
        sort: "loaded",
        value: ({ trial }) => trial?.extendedAt ?? null,
        cell: ({ trial }) => <Moment at={trial?.extendedAt ?? null} show="date" />,
      },
      {
        id: "devices",
        header: t("accounts.columns.devices"),
        width: 85,
        align: "right",
        sort: "loaded",
        value: ({ deviceCount }) => deviceCount,
        cell: ({ deviceCount }) => number(deviceCount),
      },
      {
        id: "used",
        header: t("accounts.columns.used"),
        width: 130,
        sort: "loaded",
        value: ({ space }) => space.usedBytes,
        cell: ({ space }) => <Bar brief used={space.usedBytes} limit={space.limitBytes} format={bytes} />,
      },
    ];
    if (!mayWrite) return all;
    return [
      ...all,
      {
        id: "actions",
        header: t("contacts.columns.actions"),
        width: 250,
        fixed: true,
        brief: true,
        value: () => null,
        cell: (customer) =>
          // Nobody decides about the own trial.
          customer.id === scope.id ? null : (
            <Group gap={6} wrap="nowrap">
              <Button
                size="compact-xs"
                variant="default"
                disabled={customer.trial !== null && customer.trial.extendedAt !== null}
                title={customer.trial === null || customer.trial.extendedAt === null ? undefined : t("trials.once")}
                aria-label={`${t("trials.extend")}: ${customer.name}`}
                onClick={() => onExtend(customer)}
              >
                {t("trials.extend")}
              </Button>
              <Button
                size="compact-xs"
                variant="default"
                aria-label={`${t("trials.convert")}: ${customer.name}`}
                onClick={() => convert(customer)}
              >
                {t("trials.convert")}
              </Button>
            </Group>
          ),
      },
    ];
  }, [t, bytes, number, mayWrite, scope.id, client, onExtend]);
}

/** Accounts in trial: until when, when they are deleted, and a button for a paid plan. */
export function useTrialAccountColumns(onConvert: (row: AccountRow) => void): Column<AccountRow>[] {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const may = useMay();
  const mayWrite = may("accounts:write");
  return useMemo((): Column<AccountRow>[] => {
    const all: Column<AccountRow>[] = [
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
        id: "left",
        header: t("trials.columns.left"),
        width: 150,
        brief: true,
        sort: "loaded",
        value: ({ account }) => account.trial?.daysLeft ?? null,
        cell: ({ account: { trial } }) => trial && <DaysLeft days={trial.daysLeft} endsAt={trial.endsAt} />,
      },
      {
        id: "ends",
        header: t("trials.columns.ends"),
        width: 130,
        sort: "loaded",
        value: ({ account }) => account.trial?.endsAt ?? null,
        cell: ({ account }) => <Moment at={account.trial?.endsAt ?? null} show="date" />,
      },
      {
        id: "deleted",
        header: t("accounts.trialDeleteAt"),
        width: 150,
        sort: "loaded",
        value: ({ account }) => account.trial?.deleteAt ?? null,
        cell: ({ account }) => <Moment at={account.trial?.deleteAt ?? null} show="date" />,
      },
      {
        id: "used",
        header: t("accounts.columns.used"),
        width: 150,
        sort: "loaded",
        value: ({ account }) => account.usedBytes,
        cell: ({ account }) => (
          <Bar brief used={account.usedBytes} limit={account.effectiveQuota.bytes} format={bytes} />
        ),
      },
    ];
    if (!mayWrite) return all;
    return [
      ...all,
      {
        id: "actions",
        header: t("contacts.columns.actions"),
        width: 150,
        fixed: true,
        brief: true,
        value: () => null,
        cell: (row) => (
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`${t("trials.paidPlan")}: ${row.account.username}`}
            onClick={() => onConvert(row)}
          >
            {t("trials.paidPlan")}
          </Button>
        ),
      },
    ];
  }, [t, bytes, mayWrite, onConvert]);
}
