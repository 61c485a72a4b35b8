import { Button, Switch } from "@mantine/core";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { CustomerName } from "../../parts/show/customer-name.tsx";
import { Moment } from "../../parts/show/moment.tsx";
import { Once, type Shown } from "../../parts/show/once.tsx";
import { Panel } from "../../parts/dialogs/panel.tsx";
import { Empty } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/column.ts";
import { DataTable } from "../../parts/table/data-table.tsx";
import { type Key, type NewKey, useKeys } from "./data.ts";
import { KeyAdd } from "./key-add.tsx";
import { KeyDetail } from "./key-detail.tsx";
import { KeyState } from "./key-state.tsx";

const route = getRouteApi("/n/$nodeId/keys");

/** The keys of programs that act in a branch. */
export function KeysView() {
  const { t } = useTranslation();
  const node = useNode();
  const may = useMay();
  const { branch = false, key, add = false } = route.useSearch();
  const navigate = route.useNavigate();
  const [shown, setShown] = useState<Shown | null>(null);
  const list = useKeys(node.id, branch);
  const columns = useMemo(
    (): Column<Key>[] => [
      {
        id: "name",
        header: t("keys.fields.name"),
        width: 220,
        grow: true,
        sort: "loaded",
        cell: ({ id, name }) => (
          <Link from="/n/$nodeId/keys" to="." search={(before) => ({ ...before, key: id })} data-name>
            {name}
          </Link>
        ),
        value: ({ name }) => name,
      },
      ...(branch
        ? [
            {
              id: "customer",
              header: t("users.fields.customer"),
              width: 190,
              cell: ({ customerId }: Key) => <CustomerName id={customerId} />,
              value: ({ customerId }: Key) => customerId,
            },
          ]
        : []),
      {
        id: "role",
        header: t("users.fields.role"),
        width: 170,
        brief: true,
        cell: ({ role, readOnly }) =>
          readOnly ? t("keys.readOnly", { role: t(`terms.roles.${role}`) }) : t(`terms.roles.${role}`),
        value: ({ role }) => role,
      },
      {
        id: "state",
        header: t("users.fields.state"),
        width: 130,
        brief: true,
        cell: ({ state }) => <KeyState state={state} />,
        value: ({ state }) => state,
      },
      {
        id: "expires",
        header: t("keys.fields.expiresAt"),
        width: 150,
        cell: ({ expiresAt }) => <Moment at={expiresAt} none={t("parts.never")} />,
        value: ({ expiresAt }) => expiresAt,
      },
      {
        id: "ipRanges",
        header: t("keys.fields.ipRanges"),
        width: 170,
        cell: ({ ipRanges }) => (ipRanges.length === 0 ? t("keys.everywhere") : ipRanges.join(", ")),
        value: ({ ipRanges }) => ipRanges.join(" "),
      },
      {
        id: "used",
        header: t("keys.fields.lastUsed"),
        width: 150,
        cell: ({ lastUsedAt }) => <Moment at={lastUsedAt} none={t("parts.never")} />,
        value: ({ lastUsedAt }) => lastUsedAt,
      },
    ],
    [t, branch],
  );
  const close = (): void => void navigate({ search: (before) => ({ branch: before.branch }) });
  const made = ({ id, name, token }: NewKey): void => {
    setShown({ title: t("keys.made", { name }), label: t("keys.token"), secret: token });
    void navigate({ search: (before) => ({ branch: before.branch, key: id }) });
  };
  return (
    <>
      <DataTable
        id="keys"
        label={t("keys.list", { name: node.name })}
        columns={columns}
        list={list}
        rowId={({ id }) => id}
        filters={
          <>
            {may("keys:write") && node.deletedAt === null && (
              <Button
                size="xs"
                leftSection={<IconPlus size={15} aria-hidden />}
                onClick={() => void navigate({ search: (before) => ({ ...before, add: true }) })}
              >
                {t("keys.add")}
              </Button>
            )}
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
        empty={<Empty icon={IconKey} title={t("keys.emptyTitle")} hint={t("keys.emptyHint")} />}
      />
      <Panel opened={add} title={t("keys.addTitle", { name: node.name })} onClose={close}>
        <KeyAdd onClose={close} onMade={made} />
      </Panel>
      <Panel opened={key !== undefined} title={t("keys.one")} onClose={close}>
        {key !== undefined && <KeyDetail key={key} id={key} onMade={made} />}
      </Panel>
      <Once shown={shown} onClose={() => setShown(null)} />
    </>
  );
}
