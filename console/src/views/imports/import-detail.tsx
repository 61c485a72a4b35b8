import { Alert, Button, Group, Skeleton } from "@mantine/core";
import { IconArrowLeft, IconDownload, IconInfoCircle, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { say } from "../../app/problem.ts";
import { useMay } from "../../app/session.tsx";
import { refreshTree } from "../../frame/tree/data.ts";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Section } from "../../parts/section.tsx";
import { Problem } from "../../parts/states.tsx";
import { Status } from "../../parts/show/status.tsx";
import { download } from "../../parts/table/csv.ts";
import { Progress, TaskState } from "../tasks/task-state.tsx";
import { exportResult, fileOf, type Import, importQuery, sendFile } from "./data.ts";
import styles from "./imports.module.css";
import { ImportRows } from "./import-rows.tsx";

interface ImportDetailProps {
  id: string;
  onlyFailed: boolean;
  onOnlyFailed: (only: boolean) => void;
  /** The file that was tried is now imported, under another id. */
  onStarted: (id: string) => void;
}

/** An import: how far it is, what became of its rows, and what can be done now. */
export function ImportDetail({ id, onlyFailed, onOnlyFailed, onStarted }: ImportDetailProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data: one, error, refetch } = useQuery(importQuery(id));
  const before = useRef(one?.endedAt);
  useEffect(() => {
    if (before.current === null && one && one.endedAt !== null && !one.dryRun) {
      for (const area of ["customers", "accounts", "devices", "log"])
        void client.invalidateQueries({ queryKey: [area] });
      void refreshTree(client);
    }
    before.current = one?.endedAt;
  }, [one, client]);
  if (error !== null && !one) return <Problem error={error} onRetry={() => void refetch()} />;
  if (!one) return <Skeleton height={200} />;
  return (
    <>
      <Link from="/n/$nodeId/imports" to="." search={{}} className={styles.back}>
        <IconArrowLeft size={15} aria-hidden /> {t("imports.back")}
      </Link>
      <Section
        title={t(one.dryRun ? "imports.dryRun" : "imports.real")}
        actions={<Actions one={one} onStarted={onStarted} />}
      >
        <Summary one={one} />
      </Section>
      {one.progress.total !== null && <ImportRows one={one} onlyFailed={onlyFailed} onOnlyFailed={onOnlyFailed} />}
    </>
  );
}

function Summary({ one }: { one: Import }) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { status, progress, counts, file, columns, dryRun, endedAt, error } = one;
  const unread = columns.filter(({ readAs }) => readAs === null).map(({ name }) => name);
  return (
    <>
      <div className={styles.state}>
        {status === "uploading" ? (
          <Status
            tone="warn"
            label={t("imports.uploading", { parts: one.parts.expected - one.parts.received.length })}
          />
        ) : (
          <TaskState status={status} />
        )}
        <div className={styles.progress}>
          <Progress done={progress.done} total={progress.total} />
        </div>
        {file && (
          <span className={styles.note}>
            {[file.format === "csv" ? "CSV" : t("imports.jsonLines"), file.encoding.toUpperCase()].join(" · ")}
            {file.separator !== null &&
              ` · ${t("imports.separator", { sign: file.separator === "\t" ? "Tab" : file.separator })}`}
          </span>
        )}
      </div>
      <dl className={styles.counts}>
        {(["created", "updated", "unchanged", "failed"] as const).map((name) => (
          <div key={name} data-bad={name === "failed" && counts.failed > 0}>
            <dt>{t(`imports.counts.${name}`)}</dt>
            <dd className="numbers">{number(counts[name])}</dd>
          </div>
        ))}
      </dl>
      {error !== null && error.code !== "rows_failed" && <p role="alert">{say(error)}</p>}
      {unread.length > 0 && (
        <p className={styles.note}>{t("imports.unread", { count: unread.length, names: unread.join(", ") })}</p>
      )}
      {dryRun && endedAt !== null && (
        <Alert variant="light" color="gray" icon={<IconInfoCircle size={18} aria-hidden />}>
          {t(counts.failed > 0 ? "imports.triedWithFailures" : "imports.tried")}
        </Alert>
      )}
    </>
  );
}

function Actions({ one, onStarted }: { one: Import; onStarted: (id: string) => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  const { id, dryRun, endedAt, counts, taskId, customerId } = one;
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: ["imports"] });
  const start = async (file: File): Promise<void> => {
    setBusy(true);
    try {
      const made = await sendFile(file, { customerId, dryRun: false }, () => undefined);
      await refresh();
      onStarted(made.id);
    } catch (error) {
      notifyProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const begin = (): void => {
    const file = fileOf(id);
    if (file) void start(file);
    else chooser.current?.click();
  };
  const result = async (onlyFailed: boolean): Promise<void> => {
    try {
      download(`import-${onlyFailed ? "refused" : "result"}.csv`, await exportResult(id, onlyFailed));
    } catch (error) {
      notifyProblem(error);
    }
  };
  const cancel = (task: string): void =>
    ask({
      title: t("imports.cancel.title"),
      body: t("imports.cancel.body"),
      action: t("imports.cancel.action"),
      dangerous: true,
      run: async () => {
        await tenantry.cancelTask({ params: { id: task } });
        await refresh();
        notify(t("tasks.cancel.done"));
      },
    });
  return (
    <Group gap="sm">
      {endedAt === null && taskId !== null && may("customers:write") && (
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlayerStop size={15} aria-hidden />}
          onClick={() => cancel(taskId)}
        >
          {t("imports.cancel.action")}
        </Button>
      )}
      {endedAt !== null && (
        <>
          {counts.failed > 0 && (
            <Button variant="default" size="xs" onClick={() => void result(true)}>
              {t("imports.downloadFailed")}
            </Button>
          )}
          <Button
            variant="default"
            size="xs"
            leftSection={<IconDownload size={15} aria-hidden />}
            onClick={() => void result(false)}
          >
            {t("imports.download")}
          </Button>
        </>
      )}
      {dryRun && endedAt !== null && may("accounts:write") && (
        <>
          <input
            ref={chooser}
            type="file"
            hidden
            aria-label={t("imports.upload.choose")}
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              if (file) void start(file);
            }}
          />
          <Button
            size="xs"
            loading={busy}
            leftSection={<IconPlayerPlay size={15} aria-hidden />}
            disabled={counts.created + counts.updated === 0}
            onClick={begin}
          >
            {t(fileOf(id) ? "imports.start" : "imports.startAgain")}
          </Button>
        </>
      )}
    </Group>
  );
}
