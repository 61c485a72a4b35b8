import { Button, Group } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { say, sayFully } from "../../app/problem.ts";
import { useMay } from "../../app/session.tsx";
import { notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Note, Page, Section } from "../../parts/page.tsx";
import { TaskProgress, useTask } from "../../parts/use-task.tsx";
import { refreshCustomer } from "../details/data.ts";
import { thingsQuery } from "./data.ts";
import styles from "./moves.module.css";

const route = getRouteApi("/n/$nodeId/move");

/** How far a move has come, what became of its rows, and the way back. */
export function Running({ id, nodeId }: { id: string; nodeId: string }) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const client = useQueryClient();
  const may = useMay();
  const { data: task } = useTask(id);
  const [busy, setBusy] = useState(false);
  const failed = task?.result.rows.filter(({ status }) => status === "failed") ?? [];
  const names = useQuery(thingsQuery(failed.map((row) => row.id)));
  const hasEnded = task !== undefined && task.endedAt !== null;
  useEffect(() => {
    if (!hasEnded) return;
    refreshCustomer(client);
    for (const key of ["devices", "accounts", "moves"]) void client.invalidateQueries({ queryKey: [key] });
  }, [hasEnded, client]);
  const attempt = async (call: () => Promise<{ id: string }>): Promise<void> => {
    setBusy(true);
    try {
      const next = await call();
      await client.invalidateQueries({ queryKey: ["tasks"] });
      await navigate({ search: { task: next.id } });
    } catch (error) {
      notifyProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const isBack = task?.type === "undo";
  // A merge has a row for what is left beside the accounts: its count would say nothing to anybody.
  const outcome = isBack ? "back" : task?.type === "merge_customers" ? "merged" : "moved";
  const succeeded = (task?.progress.done ?? 0) - (task?.progress.failed ?? 0);
  return (
    <Page narrow>
      <Section
        title={t(isBack ? "moves.running.undo" : "moves.running.title")}
        description={t("moves.running.hint")}
        actions={
          hasEnded && (
            <Group gap="sm">
              {!isBack && succeeded > 0 && may("customers:write") && (
                <Button
                  size="xs"
                  variant="default"
                  loading={busy}
                  onClick={() => void attempt(() => tenantry.undoTask({ params: { id } }))}
                >
                  {t("parts.undo")}
                </Button>
              )}
              <Button size="xs" component={Link} to={`/n/${nodeId}`}>
                {t("moves.running.finish")}
              </Button>
            </Group>
          )
        }
      >
        <TaskProgress id={id} label={t("moves.running.title")} />
        {hasEnded && succeeded > 0 && <Note tone="good">{t(`moves.running.${outcome}`, { count: succeeded })}</Note>}
        {task?.error && <Note tone="bad">{say(task.error)}</Note>}
        {failed.length > 0 && (
          <Note tone="bad">
            <p className={styles.head}>{t("moves.running.failed", { count: failed.length })}</p>
            <ul className={styles.list}>
              {failed.map((row) => (
                <li key={row.id}>
                  <strong>{names.data?.get(row.id)?.name ?? row.id}: </strong>
                  {sayFully(row)}
                </li>
              ))}
            </ul>
          </Note>
        )}
        {task && !hasEnded && may("customers:write") && task.cancelRequestedAt === null && (
          <Group justify="flex-end">
            <Button
              size="xs"
              variant="default"
              loading={busy}
              onClick={() => void attempt(() => tenantry.cancelTask({ params: { id } }))}
            >
              {t("moves.running.cancel")}
            </Button>
          </Group>
        )}
      </Section>
    </Page>
  );
}
