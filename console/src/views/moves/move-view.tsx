import { Button, Group, NativeSelect } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDebouncedValue } from "@mantine/hooks";
import type { Node } from "../../app/areas.ts";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { useForm } from "../../parts/form/use-form.ts";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Note, Page, Section } from "../../parts/page.tsx";
import { Empty, Problem } from "../../parts/states.tsx";
import { refreshCustomer } from "../details/data.ts";
import { startMove, thingsQuery, tryMove, type Wish } from "./data.ts";
import { Preview } from "./preview.tsx";
import { Running } from "./running.tsx";
import { type MoveKind, moveKinds } from "./route.ts";
import { What } from "./what.tsx";
import { Where } from "./where.tsx";

const route = getRouteApi("/n/$nodeId/move");

/** Moves, merges and splits: what, where to, what would change, then how far it has come. */
export function MoveView() {
  const node = useNode();
  const { task } = route.useSearch();
  return task === undefined ? <Wizard key={node.id} node={node} /> : <Running id={task} nodeId={node.id} />;
}

/** What the form holds besides what the address does. */
export type Options = {
  plan: string;
  onSamePlan: string;
  quotas: string;
  newName: string;
  newEmail: string;
  country: string;
};

function useKinds(node: Node): readonly MoveKind[] {
  const may = useMay();
  const uses = node.level === "end-customer" || node.level === "site";
  return moveKinds.filter((kind) => {
    if (kind === "devices" || kind === "backup-sets") return may("devices:write");
    if (kind === "accounts") return may("accounts:write");
    return may("customers:write") && (kind === "customers" ? node.level !== "site" || node.parentId !== null : uses);
  });
}

function Wizard({ node }: { node: Node }) {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const client = useQueryClient();
  const kinds = useKinds(node);
  const what = search.what !== undefined && kinds.includes(search.what) ? search.what : kinds[0];
  const ids = useMemo(() => (search.ids === undefined ? [] : search.ids.split(",")), [search.ids]);
  const initial = useMemo(
    (): Options => ({
      plan: "",
      onSamePlan: "sub-account",
      quotas: "sum",
      newName: "",
      newEmail: node.emailDisplay,
      country: node.country,
    }),
    [node],
  );
  const form = useForm<Options>({ id: `move.${node.id}`, initial });
  const { values } = form;
  const [busy, setBusy] = useState(false);
  const names = useQuery(thingsQuery(ids));
  const wish: Wish | null =
    what === undefined
      ? null
      : {
          what,
          nodeId: node.id,
          ids,
          to: search.to ?? "",
          plan: values.plan,
          onSamePlan: values.onSamePlan === "refuse" ? "refuse" : "sub-account",
          quotas: values.quotas === "keep" ? "keep" : values.quotas === "largest" ? "largest" : "sum",
          newName: values.newName,
          newEmail: values.newEmail,
          country: values.country,
        };
  const isReady =
    wish !== null &&
    (what === "merge" || ids.length > 0) &&
    (what === "split" ? wish.newName.trim() !== "" && wish.newEmail.trim() !== "" : wish.to !== "");
  const asking = JSON.stringify(wish);
  const [asked] = useDebouncedValue(asking, 350);
  const preview = useQuery({
    queryKey: ["moves", "preview", asked],
    queryFn: () => tryMove(JSON.parse(asked) as Wish),
    enabled: isReady && asked === asking,
    staleTime: 0,
    gcTime: 0,
  });
  if (what === undefined || wish === null)
    return <Empty icon={IconLock} title={t("moves.forbidden")} hint={t("problems.byCode.forbidden")} />;

  const start = async (): Promise<void> => {
    setBusy(true);
    try {
      const outcome = await startMove(wish);
      form.reset();
      refreshCustomer(client);
      for (const key of ["devices", "accounts", "moves"]) void client.invalidateQueries({ queryKey: [key] });
      if (outcome.taskId !== null) {
        await navigate({ search: { task: outcome.taskId } });
        return;
      }
      const { customer } = outcome;
      notify(
        t("moves.done", { count: ids.length }),
        customer
          ? async () => {
              await tenantry.moveCustomer({
                params: { id: customer.customer.id },
                body: { parentId: customer.from.id },
              });
              refreshCustomer(client);
            }
          : search.from === undefined
            ? undefined
            : async () => {
                for (const id of ids)
                  await tenantry.moveBackupSet({ params: { id }, body: { deviceId: search.from ?? "" } });
              },
      );
      await (customer
        ? navigate({ to: "/n/$nodeId/details", params: { nodeId: customer.customer.id } })
        : navigate({ search: { what } }));
    } catch (error) {
      notifyProblem(error);
      void preview.refetch();
    } finally {
      setBusy(false);
    }
  };
  const nameOf = (id: string): string => names.data?.get(id)?.name ?? id;
  const waits = isReady && (preview.isFetching || asked !== asking);
  const isPossible = preview.data !== undefined && preview.data.possible > 0;
  return (
    <Page narrow>
      <Section title={t("moves.what")} description={t(`moves.hints.${what}`)}>
        <NativeSelect
          label={t("moves.action")}
          value={what}
          data={kinds.map((kind) => ({ value: kind, label: t(`moves.kinds.${kind}`) }))}
          onChange={(event) => {
            const chosen = moveKinds.find((kind) => kind === event.currentTarget.value);
            void navigate({ search: { what: chosen }, replace: true });
          }}
        />
        <What
          node={node}
          what={what}
          ids={ids}
          from={search.from}
          names={names.data}
          onChange={(chosen) =>
            void navigate({
              search: (before) => ({ ...before, what, ids: chosen.length === 0 ? undefined : chosen.join(",") }),
              replace: true,
            })
          }
          onFrom={(from) => void navigate({ search: { what, from }, replace: true })}
        />
      </Section>
      <Section title={t(`moves.where.${what}`)}>
        <Where
          node={node}
          what={what}
          to={search.to}
          form={form}
          onTo={(to) => void navigate({ search: (before) => ({ ...before, what, to }), replace: true })}
        />
      </Section>
      <Section title={t("moves.preview")} description={t("moves.previewHint")}>
        {!isReady && <Note>{t("moves.notReady")}</Note>}
        {isReady && waits && !preview.data && <Note>{t("moves.trying")}</Note>}
        {isReady && preview.error !== null && <Problem error={preview.error} onRetry={() => void preview.refetch()} />}
        {isReady && preview.data && <Preview wish={wish} outcome={preview.data} nameOf={nameOf} path={node.path} />}
        <Group justify="flex-end">
          <Button disabled={!isReady || waits || !isPossible} loading={busy} onClick={() => void start()}>
            {preview.data && isPossible && preview.data.refusals.length > 0
              ? t("moves.startSome", { count: preview.data.possible })
              : t(`moves.start.${what}`)}
          </Button>
        </Group>
      </Section>
    </Page>
  );
}
