import { Button, Group, Progress } from "@mantine/core";
import { IconFileSpreadsheet, IconUpload } from "@tabler/icons-react";
import { type DragEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQueryClient } from "@tanstack/react-query";
import { useNode } from "../../frame/node-context.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { Problem } from "../../parts/states.tsx";
import { fileBytesAtMost, sendFile } from "./data.ts";
import styles from "./imports.module.css";

/** Takes a file and tries it: nothing is imported by that. */
export function Upload({ onStarted }: { onStarted: (importId: string) => void }) {
  const { t } = useTranslation();
  const node = useNode();
  const client = useQueryClient();
  const { bytes, share } = useFormats();
  const input = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File | null>(null);
  const [over, setOver] = useState(false);
  const [sent, setSent] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const tooLarge = file !== null && file.size > fileBytesAtMost;
  const start = async (dryRun: boolean): Promise<void> => {
    if (!file) return;
    setSent(0);
    setError(null);
    try {
      const { id } = await sendFile(file, { customerId: node.id, dryRun }, setSent);
      void client.invalidateQueries({ queryKey: ["imports", "recent"] });
      onStarted(id);
    } catch (refusal) {
      setError(refusal);
    } finally {
      setSent(null);
    }
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    setFile(event.dataTransfer.files[0] ?? null);
  };
  return (
    <>
      <label
        className={`${styles.drop} ${over ? styles.over : ""}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <input
          ref={input}
          type="file"
          className="visually-hidden"
          accept=".csv,.txt,.tsv,.jsonl,.ndjson,.json,text/csv,application/x-ndjson"
          onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)}
        />
        {file === null ? (
          <IconUpload size={22} stroke={1.6} aria-hidden />
        ) : (
          <IconFileSpreadsheet size={22} stroke={1.6} aria-hidden />
        )}
        <span>
          <strong>{file === null ? t("imports.upload.choose") : file.name}</strong>
          <span className={styles.note}>
            {file === null ? t("imports.upload.kinds") : `${bytes(file.size)} · ${t("imports.upload.other")}`}
          </span>
        </span>
      </label>
      {tooLarge && <p role="alert">{t("imports.upload.tooLarge", { most: bytes(fileBytesAtMost) })}</p>}
      {error !== null && <Problem error={error} />}
      {sent !== null && (
        <div role="status">
          <Progress value={sent * 100} aria-label={t("imports.upload.sending", { share: share(sent) })} />
          <span className={styles.note}>{t("imports.upload.sending", { share: share(sent) })}</span>
        </div>
      )}
      <Group gap="sm">
        <Button disabled={file === null || tooLarge} loading={sent !== null} onClick={() => void start(true)}>
          {t("imports.upload.try")}
        </Button>
        <span className={styles.note}>{t("imports.upload.tryHint")}</span>
      </Group>
    </>
  );
}
