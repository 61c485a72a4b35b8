import { IconClockHour4, IconLoader2 } from "@tabler/icons-react";
import type { Schemas } from "@tenantry/client";
import { useTranslation } from "react-i18next";
import { useFormats } from "../../parts/show/formats.ts";
import { Bar } from "../../parts/show/bar.tsx";
import { Status, type Tone } from "../../parts/show/status.tsx";

const tones: Record<Schemas["TaskStatus"], Tone> = {
  queued: "calm",
  running: "calm",
  succeeded: "good",
  failed: "bad",
  cancelled: "warn",
};

/** How a task stands. */
export function TaskState({ status, cancelling = false }: { status: Schemas["TaskStatus"]; cancelling?: boolean }) {
  const { t } = useTranslation();
  if (cancelling && status === "running")
    return <Status tone="warn" icon={IconLoader2} label={t("tasks.status.cancelling")} />;
  const icon = status === "queued" ? IconClockHour4 : status === "running" ? IconLoader2 : undefined;
  return <Status tone={tones[status]} label={t(`tasks.status.${status}`)} {...(icon && { icon })} />;
}

/** How many rows are done, of how many. */
export function Progress({ done, total }: { done: number; total: number | null }) {
  const { number } = useFormats();
  return <Bar used={done} limit={total} format={number} near={2} />;
}
