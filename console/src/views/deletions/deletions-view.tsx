import { Button, Menu, TextInput } from "@mantine/core";
import { IconDots, IconRestore, IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { Output } from "@tenantry/client";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { withProof } from "../../app/step-up.tsx";
import { useNode } from "../../frame/node-context.ts";
import { Actor } from "../../parts/show/actor.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Empty } from "../../parts/states.tsx";
import { Status, type Tone } from "../../parts/show/status.tsx";
import type { Column } from "../../parts/table/column.ts";
import { DataTable } from "../../parts/table/data-table.tsx";
import { useList } from "../../parts/table/use-list.ts";
import { refreshCustomer } from "../details/data.ts";

type Deletion = Output<"listDeletions">["items"][number];
const route = getRouteApi("/n/$nodeId/deletions");
const tones: Record<Deletion["state"], Tone> = { deleted: "warn", restored: "good", purging: "bad", purged: "calm" };

/** What was deleted below a customer, by whom and with how much data; what can still be restored, until when. */
export function DeletionsView() {
  const { t } = useTranslation();
  const node = useNode();
  const may = useMay();
  const client = useQueryClient();
  const { sort } = route.useSearch();
  const navigate = route.useNavigate();
  const [purging, setPurging] = useState<Deletion | null>(null);
  const list = useList<Deletion>(["deletions", "list", node.id], (cursor, signal) =>
    tenantry.listDeletions({
      params: { id: node.id },
      query: { limit: 100, ...(cursor !== undefined && { cursor }) },
      signal,
    }),
  );
  const refresh = (): void => {
    refreshCustomer(client);
    for (const key of ["devices", "accounts"]) void client.invalidateQueries({ queryKey: [key] });
  };
  const restore = async ({ kind, nodeId, name }: Deletion): Promise<void> => {
    const params = { id: nodeId };
    try {
      if (kind === "customer") await tenantry.restoreCustomer({ params });
      else if (kind === "account") await tenantry.restoreAccount({ params });
      else await tenantry.restoreDevice({ params });
      notify(t("deletions.restored", { name }));
    } catch (error) {
      notifyProblem(error);
    }
    refresh();
  };
  const approve = (deletion: Deletion): void =>
    ask({
      title: t("deletions.approveTitle", { name: deletion.name }),
      body: t("deletions.approveBody"),
      action: t("deletions.approve"),
      dangerous: true,
      name: deletion.name,
      run: async () => {
        await tenantry.approvePurge({ params: { id: deletion.id } });
        refresh();
      },
    });
  const mayRestore = ({ state, kind }: Deletion): boolean =>
    state === "deleted" &&
    kind !== "backup-set" &&
    may(kind === "customer" ? "customers:write" : kind === "account" ? "accounts:write" : "devices:write");
  const columns = useDeletionColumns((deletion) => (
    <>
      {mayRestore(deletion) && (
        <Button
          size="compact-sm"
          variant="light"
          leftSection={<IconRestore size={15} aria-hidden />}
          onClick={() => void restore(deletion)}
          aria-label={t("deletions.restoreName", { name: deletion.name })}
        >
          {t("details.restore")}
        </Button>
      )}
      {deletion.state === "deleted" && (may("customers:write") || may("support:write")) && (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button
              size="compact-sm"
              variant="subtle"
              color="gray"
              aria-label={t("deletions.moreFor", { name: deletion.name })}
            >
              <IconDots size={16} aria-hidden />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {may("customers:write") && (
              <Menu.Item onClick={() => setPurging(deletion)}>{t("deletions.requestPurge")}</Menu.Item>
            )}
            {may("support:write") && deletion.purge !== null && (
              <Menu.Item color="red" onClick={() => approve(deletion)}>
                {t("deletions.approve")}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
    </>
  ));
  return (
    <>
      <DataTable
        id="deletions"
        label={t("deletions.list", { name: node.name })}
        columns={columns}
        list={list}
        rowId={({ id }) => id}
        sort={sort}
        onSort={(next) => void navigate({ search: { sort: next }, replace: true })}
        empty={<Empty icon={IconTrash} title={t("deletions.emptyTitle")} hint={t("deletions.emptyHint")} />}
      />
      <Dialog opened={purging !== null} onClose={() => setPurging(null)} title={t("deletions.requestPurge")}>
        {purging !== null && (
          <PurgeRequest
            deletion={purging}
            onDone={() => {
              setPurging(null);
              refresh();
            }}
          />
        )}
      </Dialog>
    </>
  );
}

const noReason = { reason: "" };

function PurgeRequest({ deletion, onDone }: { deletion: Deletion; onDone: () => void }) {
  const { t } = useTranslation();
  const form = useForm<{ reason: string }>({ id: `purge.${deletion.id}`, initial: noReason });
  const send = async (): Promise<void> => {
    if (form.fault(form.values.reason.trim() === "" ? { reason: t("parts.required") } : {})) return;
    const answer = await form.submit(() =>
      withProof(() =>
        tenantry.requestPurge({ params: { id: deletion.id }, body: { reason: form.values.reason.trim() } }),
      ),
    );
    if (!answer) return;
    notify(t("deletions.requested", { name: deletion.name }));
    onDone();
  };
  return (
    <FormFrame form={form} action={t("deletions.request")} onSubmit={() => void send()} onCancel={onDone}>
      <p style={{ margin: 0 }}>{t("deletions.purgeBody", { name: deletion.name })}</p>
      <TextInput label={t("deletions.reason")} withAsterisk {...form.text("reason")} />
    </FormFrame>
  );
}

function useDeletionColumns(actions: (deletion: Deletion) => ReactNode): Column<Deletion>[] {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  return useMemo(
    (): Column<Deletion>[] => [
      {
        id: "name",
        header: t("deletions.columns.name"),
        width: 220,
        grow: true,
        sort: "loaded",
        value: ({ name }) => name,
        cell: ({ kind, nodeId, name, state }) =>
          kind === "customer" && state === "deleted" ? (
            <Link to="/n/$nodeId/details" params={{ nodeId }} data-name>
              {name}
            </Link>
          ) : (
            name
          ),
      },
      {
        id: "kind",
        header: t("deletions.columns.kind"),
        width: 120,
        sort: "loaded",
        value: ({ kind, level }) => level ?? kind,
        cell: ({ kind, level }) =>
          level === null
            ? t(kind === "backup-set" ? "allocations.kind.backup-set" : `terms.kinds.${kind}`)
            : t(`terms.levels.${level}`),
      },
      {
        id: "state",
        header: t("deletions.columns.state"),
        width: 160,
        brief: true,
        sort: "loaded",
        value: ({ state }) => state,
        cell: ({ state }) => <Status tone={tones[state]} label={t(`deletions.states.${state}`)} />,
      },
      {
        id: "actions",
        header: t("details.actions"),
        width: 190,
        brief: true,
        fixed: true,
        value: () => null,
        cell: actions,
      },
      {
        id: "data",
        header: t("deletions.columns.data"),
        width: 110,
        align: "right",
        sort: "loaded",
        value: ({ usedBytes }) => usedBytes,
        cell: ({ usedBytes }) => (usedBytes === null ? "–" : bytes(usedBytes)),
      },
      {
        id: "devices",
        header: t("customers.columns.devices"),
        width: 90,
        align: "right",
        sort: "loaded",
        value: ({ deviceCount }) => deviceCount,
        cell: ({ deviceCount }) => number(deviceCount),
      },
      {
        id: "by",
        header: t("deletions.columns.by"),
        width: 180,
        value: ({ deletedBy }) => deletedBy.id ?? deletedBy.kind,
        cell: ({ deletedBy, onBehalfOf }) => (
          <span title={onBehalfOf ?? undefined}>
            <Actor actor={deletedBy} />
            {onBehalfOf !== null && ` (${onBehalfOf})`}
          </span>
        ),
      },
      {
        id: "at",
        header: t("deletions.columns.at"),
        width: 140,
        sort: "loaded",
        value: ({ deletedAt }) => deletedAt,
        cell: ({ deletedAt }) => <Moment at={deletedAt} />,
      },
      {
        id: "until",
        header: t("deletions.columns.until"),
        width: 150,
        sort: "loaded",
        value: ({ purgeAt }) => purgeAt,
        cell: ({ purgeAt, purge, state }) =>
          state !== "deleted" ? (
            "–"
          ) : purge === null ? (
            <Moment at={purgeAt} show="date" />
          ) : (
            <span title={purge.reason}>{t("deletions.purgeAsked")}</span>
          ),
      },
    ],
    [t, bytes, number, actions],
  );
}
