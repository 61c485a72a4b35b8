import { Button } from "@mantine/core";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { notify } from "../../parts/dialogs/notify.tsx";
import { Empty } from "../../parts/states.tsx";
import { DataTable } from "../../parts/table/data-table.tsx";
import { useList } from "../../parts/table/use-list.ts";
import { type Key, useKeyColumns } from "./columns.tsx";
import { KeyForm } from "./key-form.tsx";

const route = getRouteApi("/n/$nodeId/enrolment");

/** The keys with which computers of a customer enrol themselves. */
export function EnrolmentView() {
  const { t } = useTranslation();
  const node = useNode();
  const may = useMay();
  const client = useQueryClient();
  const { sort } = route.useSearch();
  const navigate = route.useNavigate();
  const [adding, setAdding] = useState(false);
  const mayWrite = may("devices:write");
  const refresh = useCallback(() => client.invalidateQueries({ queryKey: ["enrolment"] }), [client]);
  const revoke = useCallback(
    (key: Key) =>
      ask({
        title: t("enrolment.revokeTitle", { name: key.name }),
        body: t("enrolment.revokeWhy"),
        action: t("enrolment.revoke"),
        dangerous: true,
        run: async () => {
          await tenantry.revokeEnrolmentKey({ params: { id: key.customerId, keyId: key.id } });
          await refresh();
          notify(t("enrolment.revoked", { name: key.name }));
        },
      }),
    [t, refresh],
  );
  const columns = useKeyColumns(mayWrite ? revoke : null);
  const list = useList<Key>(["enrolment", "list", node.id], (cursor, signal) =>
    tenantry.listEnrolmentKeys({
      params: { id: node.id },
      query: { limit: 100, ...(cursor !== undefined && { cursor }) },
      signal,
    }),
  );
  const add = mayWrite && (
    <Button size="xs" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      {t("enrolment.add")}
    </Button>
  );
  return (
    <>
      <DataTable
        id="enrolment-keys"
        label={t("enrolment.list", { name: node.name })}
        columns={columns}
        list={list}
        rowId={({ id }) => id}
        sort={sort}
        onSort={(next) => void navigate({ search: { sort: next }, replace: true })}
        filters={add}
        empty={
          <Empty icon={IconKey} title={t("enrolment.emptyTitle")} hint={t("enrolment.emptyHint")}>
            {add}
          </Empty>
        }
      />
      <Dialog opened={adding} onClose={() => setAdding(false)} title={t("enrolment.add")}>
        {adding && <KeyForm node={node} onMade={() => void refresh()} onDone={() => setAdding(false)} />}
      </Dialog>
    </>
  );
}
