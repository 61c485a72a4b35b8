import { Progress } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Output } from "@tenantry/client";
import { useTranslation } from "react-i18next";
import { tenantry } from "../app/api.ts";
import { useFormats } from "./show/formats.ts";
import { Problem } from "./states.tsx";
import { Status, type Tone } from "./show/status.tsx";

type Task = Output<"getTask">;
const tones: Record<Task["status"], Tone> = {
  queued: "calm",
  running: "calm",
  succeeded: "good",
  failed: "bad",
  cancelled: "warn",
};

/** A task, asked for until it has ended. */
export const useTask = (id: string | undefined) =>
  useQuery({
    queryKey: ["tasks", "one", id],
    queryFn: ({ signal }) => tenantry.getTask({ params: { id: id ?? "" }, signal }),
    enabled: id !== undefined,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data && state.data.endedAt !== null ? false : 1200),
  });

/** How far a task has come, in words and as a bar. */
export function TaskProgress({ id, label }: { id: string; label: string }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { data: task, error, refetch } = useTask(id);
  if (error !== null && !task) return <Problem error={error} onRetry={() => void refetch()} />;
  const { done = 0, total = 0, failed = 0 } = task?.progress ?? {};
  const status = task?.status ?? "queued";
  const share = task?.endedAt ? 100 : total === 0 ? 0 : (done / total) * 100;
  return (
    <div role="status">
      <Status tone={tones[status]} label={t(`parts.task.${status}`)} />{" "}
      <span className="numbers">
        {total > 1 && t("parts.task.progress", { done: number(done), total: number(total) })}
        {failed > 0 && ` · ${t("parts.task.failedRows", { count: failed })}`}
      </span>
      <Progress
        value={share}
        mt={8}
        animated={task?.endedAt === null}
        color={status === "failed" ? "red" : "brand"}
        aria-label={label}
      />
    </div>
  );
}
