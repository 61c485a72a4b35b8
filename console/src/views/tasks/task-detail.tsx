import { Button, Group, Skeleton, Stack } from "@mantine/core";
import { IconArrowBackUp, IconPlayerStop } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { say } from "../../app/problem.ts";
import { useMay } from "../../app/session.tsx";
import { refreshTree } from "../../frame/tree/data.ts";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Facts } from "../../parts/show/facts.tsx";
import { Moment } from "../../parts/show/moment.tsx";
import { notify } from "../../parts/dialogs/notify.tsx";
import { Section } from "../../parts/section.tsx";
import { Problem } from "../../parts/states.tsx";
import { type Task, taskQuery } from "./data.ts";
import { TaskRows } from "./task-rows.tsx";
import { Progress, TaskState } from "./task-state.tsx";

const undoable: ReadonlySet<Task["type"]> = new Set([
  "move_customers",
  "move_accounts",
  "move_devices",
  "merge_customers",
]);
const undoableMs = 30 * 86_400_000;

/** Tells the other views once a task has come to its end: what it has moved stands elsewhere now. */
function useEnd(endedAt: string | null | undefined): void {
  const client = useQueryClient();
  const before = useRef(endedAt);
  useEffect(() => {
    if (before.current === null && typeof endedAt === "string") {
      for (const area of ["customers", "accounts", "devices", "log"])
        void client.invalidateQueries({ queryKey: [area] });
      void client.invalidateQueries({ queryKey: ["tasks", "list"] });
      void refreshTree(client);
    }
    before.current = endedAt;
  }, [endedAt, client]);
}

interface TaskDetailProps {
  id: string;
  /** Another task is to be shown: the one that undoes this one. */
  onOther: (id: string) => void;
}

/** A task: how far it is, what became of each row, and what can be done about it. */
export function TaskDetail({ id, onOther }: TaskDetailProps) {
  const { t } = useTranslation();
  const { data: task, error, refetch } = useQuery(taskQuery(id));
  useEnd(task?.endedAt);
  if (error !== null && !task) return <Problem error={error} onRetry={() => void refetch()} />;
  if (!task) return <Skeleton height={160} />;
  const { importId } = task.parameters;
  return (
    <Stack gap="lg">
      <Progress {...task.progress} />
      <Facts
        facts={[
          [t("tasks.columns.type"), t(`tasks.types.${task.type}`)],
          [
            t("tasks.columns.status"),
            <TaskState key="status" status={task.status} cancelling={task.cancelRequestedAt !== null} />,
          ],
          [t("tasks.columns.failed"), task.progress.failed],
          [t("tasks.columns.created"), <Moment key="created" at={task.createdAt} show="dateTime" />],
          [t("tasks.columns.ended"), <Moment key="ended" at={task.endedAt} show="dateTime" />],
          [t("tasks.error"), task.error ? say(task.error) : undefined],
        ]}
      />
      <Actions task={task} onOther={onOther} />
      {task.type === "import" && importId !== undefined ? (
        <Link
          to="/n/$nodeId/imports"
          params={{ nodeId: task.parameters.customerId ?? task.customerId }}
          search={{ import: importId }}
        >
          {t("tasks.toImport")}
        </Link>
      ) : (
        <Section plain title={t("tasks.rows")}>
          <TaskRows task={task} />
        </Section>
      )}
    </Stack>
  );
}

function Actions({ task, onOther }: { task: Task; onOther: (id: string) => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const params = { id: task.id };
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: ["tasks"] });
  const { endedAt } = task;
  const canUndo = useMemo(
    () =>
      endedAt !== null &&
      undoable.has(task.type) &&
      task.progress.done > task.progress.failed &&
      Date.now() - Date.parse(endedAt) < undoableMs,
    [endedAt, task],
  );
  if (!may("customers:write")) return null;
  const cancel = (): void =>
    ask({
      title: t("tasks.cancel.title"),
      body: t("tasks.cancel.body"),
      action: t("tasks.cancel.action"),
      dangerous: true,
      run: async () => {
        await tenantry.cancelTask({ params });
        await refresh();
        notify(t("tasks.cancel.done"));
      },
    });
  const undo = (): void =>
    ask({
      title: t("tasks.undo.title"),
      body: t("tasks.undo.body"),
      action: t("tasks.undo.action"),
      run: async () => {
        const made = await tenantry.undoTask({ params });
        await refresh();
        onOther(made.id);
        notify(t("tasks.undo.done"));
      },
    });
  return (
    <Group gap="sm">
      {endedAt === null && task.cancelRequestedAt === null && (
        <Button variant="default" size="xs" leftSection={<IconPlayerStop size={15} aria-hidden />} onClick={cancel}>
          {t("tasks.cancel.action")}
        </Button>
      )}
      {canUndo && (
        <Button variant="default" size="xs" leftSection={<IconArrowBackUp size={15} aria-hidden />} onClick={undo}>
          {t("tasks.undo.action")}
        </Button>
      )}
    </Group>
  );
}
