import { Button, Switch } from "@mantine/core";
import { IconUserPlus, IconUsers } from "@tabler/icons-react";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { CustomerName } from "../../parts/show/customer-name.tsx";
import { Moment } from "../../parts/show/moment.tsx";
import { Panel } from "../../parts/dialogs/panel.tsx";
import { Empty } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/column.ts";
import { DataTable } from "../../parts/table/data-table.tsx";
import { type User, useUsers } from "./data.ts";
import { UserAdd } from "./user-add.tsx";
import { UserDetail } from "./user-detail.tsx";
import { UserState } from "./user-state.tsx";

const route = getRouteApi("/n/$nodeId/users");

/** How strong a login is, beside the password. */
export const hasFactor = ({ secondFactor }: User): boolean => secondFactor.totp || secondFactor.passkeys > 0;

/** Who has web access to a customer, or to anything in its branch. */
export function UsersView() {
  const { t } = useTranslation();
  const node = useNode();
  const may = useMay();
  const { branch = false, user, add = false } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useUsers(node.id, branch);
  const columns = useMemo(
    (): Column<User>[] => [
      {
        id: "name",
        header: t("users.fields.name"),
        width: 200,
        grow: true,
        sort: "loaded",
        cell: ({ id, name }) => (
          <Link from="/n/$nodeId/users" to="." search={(before) => ({ ...before, user: id })} data-name>
            {name}
          </Link>
        ),
        value: ({ name }) => name,
      },
      {
        id: "username",
        header: t("users.fields.username"),
        width: 220,
        cell: ({ username }) => username,
        value: ({ username }) => username,
      },
      ...(branch
        ? [
            {
              id: "customer",
              header: t("users.fields.customer"),
              width: 190,
              cell: ({ customerId }: User) => <CustomerName id={customerId} />,
              value: ({ customerId }: User) => customerId,
            },
          ]
        : []),
      {
        id: "role",
        header: t("users.fields.role"),
        width: 130,
        brief: true,
        cell: ({ role }) => t(`terms.roles.${role}`),
        value: ({ role }) => role,
      },
      {
        id: "state",
        header: t("users.fields.state"),
        width: 140,
        brief: true,
        cell: ({ state }) => <UserState state={state} />,
        value: ({ state }) => state,
      },
      {
        id: "factor",
        header: t("users.fields.factor"),
        width: 150,
        cell: (one) => t(hasFactor(one) ? "users.factor.on" : "users.factor.off"),
        value: hasFactor,
      },
      {
        id: "lastLogin",
        header: t("users.fields.lastLogin"),
        width: 150,
        cell: ({ lastLoginAt }) => <Moment at={lastLoginAt} none={t("parts.never")} />,
        value: ({ lastLoginAt }) => lastLoginAt,
      },
      {
        id: "email",
        header: t("users.fields.email"),
        width: 220,
        hidden: true,
        cell: ({ email }) => email,
        value: ({ email }) => email,
      },
    ],
    [t, branch],
  );
  const addButton = may("users:write") && node.deletedAt === null && (
    <Button
      size="xs"
      leftSection={<IconUserPlus size={15} aria-hidden />}
      onClick={() => void navigate({ search: (before) => ({ ...before, add: true }) })}
    >
      {t("users.add")}
    </Button>
  );
  const close = (): void => void navigate({ search: (before) => ({ branch: before.branch }) });
  return (
    <>
      <DataTable
        id="users"
        label={t("users.list", { name: node.name })}
        columns={columns}
        list={list}
        rowId={({ id }) => id}
        filters={
          <>
            {addButton}
            <Switch
              size="xs"
              label={t("users.branch")}
              checked={branch}
              onChange={(event) =>
                void navigate({ search: { branch: event.currentTarget.checked ? true : undefined }, replace: true })
              }
            />
          </>
        }
        empty={
          <Empty icon={IconUsers} title={t("users.emptyTitle")} hint={t("users.emptyHint", { name: node.name })} />
        }
      />
      <Panel opened={add} title={t("users.addTitle", { name: node.name })} onClose={close}>
        <UserAdd onClose={close} onMade={({ id }) => void navigate({ search: { user: id } })} />
      </Panel>
      <Panel opened={user !== undefined} title={t("users.one")} onClose={close}>
        {user !== undefined && <UserDetail key={user} id={user} onGone={close} />}
      </Panel>
    </>
  );
}
