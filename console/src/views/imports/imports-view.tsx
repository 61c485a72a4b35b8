import { Button } from "@mantine/core";
import { IconDownload, IconFileImport } from "@tabler/icons-react";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Section } from "../../parts/section.tsx";
import { Problem } from "../../parts/states.tsx";
import { download } from "../../parts/table/csv.ts";
import { TaskState } from "../tasks/task-state.tsx";
import { exportBranch, useRecent } from "./data.ts";
import { ImportDetail } from "./import-detail.tsx";
import styles from "./imports.module.css";
import { Upload } from "./upload.tsx";

const route = getRouteApi("/n/$nodeId/imports");

/** Files into a branch: tried first, then started. And a branch into a file. */
export function ImportsView() {
  const { t } = useTranslation();
  const node = useNode();
  const may = useMay();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  if (search.import !== undefined)
    return (
      <ImportDetail
        key={search.import}
        id={search.import}
        onlyFailed={search.rows === "failed"}
        onOnlyFailed={(only) =>
          void navigate({ search: (before) => ({ ...before, rows: only ? "failed" : undefined }), replace: true })
        }
        onStarted={(id) => void navigate({ search: { import: id } })}
      />
    );
  return (
    <div className={styles.page}>
      {may("accounts:write") && node.deletedAt === null && (
        <Section title={t("imports.upload.title", { name: node.name })} hint={t("imports.upload.hint")}>
          <Upload onStarted={(id) => void navigate({ search: { import: id } })} />
        </Section>
      )}
      <Recent />
      <ExportSection />
    </div>
  );
}

function Recent() {
  const { t } = useTranslation();
  const node = useNode();
  const me = useMe();
  const { number } = useFormats();
  const { data, error, refetch } = useRecent(me.scope.id, node.id);
  return (
    <Section title={t("imports.recent.title")} hint={t("imports.recent.hint")}>
      {error !== null && !data && <Problem error={error} onRetry={() => void refetch()} />}
      {data?.length === 0 && (
        <p className={styles.none}>
          <IconFileImport size={18} stroke={1.6} aria-hidden /> {t("imports.recent.none", { name: node.name })}
        </p>
      )}
      {data && data.length > 0 && (
        <ul className={styles.recent}>
          {data.map(({ id, status, parameters, progress, createdAt }) => (
            <li key={id}>
              <Link from="/n/$nodeId/imports" to="." search={{ import: parameters.importId }}>
                {t(parameters.dryRun === "true" ? "imports.dryRun" : "imports.real")}
              </Link>
              <TaskState status={status} />
              <span>{t("imports.recent.rows", { count: progress.total, shown: number(progress.total) })}</span>
              <Moment at={createdAt} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function ExportSection() {
  const { t } = useTranslation();
  const node = useNode();
  const { bytes } = useFormats();
  const [length, setLength] = useState<number | null>(null);
  const run = async (): Promise<void> => {
    setLength(0);
    try {
      const name = node.name.replaceAll(/[^\p{L}\p{N}]+/gu, "-").replaceAll(/^-|-$/g, "");
      download(`${name}-${new Date().toISOString().slice(0, 10)}.csv`, await exportBranch(node.id, setLength));
    } catch (error) {
      notifyProblem(error);
    } finally {
      setLength(null);
    }
  };
  return (
    <Section
      title={t("imports.export.title", { name: node.name })}
      hint={t("imports.export.hint")}
      actions={
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          loading={length !== null}
          onClick={() => void run()}
        >
          {t("imports.export.action")}
        </Button>
      }
    >
      <span role="status" className={styles.note}>
        {length !== null && t("imports.export.running", { size: bytes(length) })}
      </span>
    </Section>
  );
}
