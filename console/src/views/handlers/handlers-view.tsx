import { Button } from "@mantine/core";
import { IconMail, IconPlus, IconWebhook } from "@tabler/icons-react";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { Once, type Shown } from "../../parts/show/once.tsx";
import { Panel } from "../../parts/dialogs/panel.tsx";
import { Empty } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/column.ts";
import { DataTable } from "../../parts/table/data-table.tsx";
import { type Handler, useHandlers } from "./data.ts";
import { HandlerAdd } from "./handler-add.tsx";
import { HandlerDetail } from "./handler-detail.tsx";
import { HandlerState } from "./handler-state.tsx";
import styles from "./handlers.module.css";

const route = getRouteApi("/n/$nodeId/handlers");

/** Where a handler sends what it hears. */
const targetOf = ({ action }: Handler): string => (action.kind === "mail" ? action.recipients.join(", ") : action.url);

/** Mails and webhooks on what happens in a branch. */
export function HandlersView() {
  const { t } = useTranslation();
  const node = useNode();
  const may = useMay();
  const { handler, add = false } = route.useSearch();
  const navigate = route.useNavigate();
  const [shown, setShown] = useState<Shown | null>(null);
  const list = useHandlers(node.id);
  const columns = useMemo(
    (): Column<Handler>[] => [
      {
        id: "name",
        header: t("handlers.fields.name"),
        width: 220,
        grow: true,
        sort: "loaded",
        cell: ({ id, name }) => (
          <Link from="/n/$nodeId/handlers" to="." search={{ handler: id }} data-name>
            {name}
          </Link>
        ),
        value: ({ name }) => name,
      },
      {
        id: "state",
        header: t("users.fields.state"),
        width: 180,
        brief: true,
        cell: (one) => <HandlerState handler={one} />,
        value: ({ active, disabledReason }) => disabledReason ?? (active ? "active" : "paused"),
      },
      {
        id: "target",
        header: t("handlers.fields.target"),
        width: 300,
        grow: true,
        brief: true,
        cell: (one) => {
          const Icon = one.action.kind === "mail" ? IconMail : IconWebhook;
          return (
            <span className={styles.target} title={targetOf(one)}>
              <Icon size={15} aria-label={t(`handlers.kinds.${one.action.kind}`)} /> {targetOf(one)}
            </span>
          );
        },
        value: targetOf,
      },
      {
        id: "types",
        header: t("handlers.fields.types"),
        width: 240,
        cell: ({ filter }) =>
          filter.types === null
            ? t("handlers.allTypes")
            : filter.types.map((type) => t(`log.types.${type}`)).join(", "),
        value: ({ filter }) => filter.types?.join(" ") ?? null,
      },
    ],
    [t],
  );
  const close = (): void => void navigate({ search: {} });
  const show = (name: string, secret: string | null): void =>
    setShown(secret === null ? null : { title: t("handlers.secretOf", { name }), label: t("handlers.secret"), secret });
  return (
    <>
      <DataTable
        id="handlers"
        label={t("handlers.list", { name: node.name })}
        columns={columns}
        list={list}
        rowId={({ id }) => id}
        filters={
          may("events:write") &&
          node.deletedAt === null && (
            <Button
              size="xs"
              leftSection={<IconPlus size={15} aria-hidden />}
              onClick={() => void navigate({ search: { add: true } })}
            >
              {t("handlers.add")}
            </Button>
          )
        }
        empty={<Empty icon={IconWebhook} title={t("handlers.emptyTitle")} hint={t("handlers.emptyHint")} />}
      />
      <Panel opened={add} title={t("handlers.addTitle", { name: node.name })} onClose={close}>
        <HandlerAdd
          onClose={close}
          onMade={({ id, name, secret }) => {
            void navigate({ search: { handler: id } });
            show(name, secret);
          }}
        />
      </Panel>
      <Panel opened={handler !== undefined} title={t("handlers.one")} size={680} onClose={close}>
        {handler !== undefined && (
          <HandlerDetail
            key={handler}
            id={handler}
            onGone={close}
            onSecret={({ name, secret }) => show(name, secret)}
          />
        )}
      </Panel>
      <Once shown={shown} onClose={() => setShown(null)} />
    </>
  );
}
