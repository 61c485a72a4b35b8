import { SegmentedControl, Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { Problem } from "../../parts/states.tsx";
import { previewQuery } from "./data.ts";
import { MailFrame } from "./mail-frame.tsx";
import styles from "./reports.module.css";

interface PreviewDialogProps {
  id: string;
  to: string | undefined;
  opened: boolean;
  onClose: () => void;
}

/** A report as it arrives: the mail, its text, and the subject. */
export function PreviewDialog({ id, to, opened, onClose }: PreviewDialogProps) {
  const { t } = useTranslation();
  const [form, setForm] = useState<"html" | "text">("html");
  const { data, error, refetch } = useQuery({ ...previewQuery(id, to), enabled: opened });
  return (
    <Dialog opened={opened} onClose={onClose} title={data?.subject ?? t("reports.preview.title")} size="xl">
      {error !== null && !data && <Problem error={error} onRetry={() => void refetch()} />}
      {!data && error === null && <Skeleton height={320} />}
      {data && (
        <Stack gap="sm">
          <SegmentedControl
            size="xs"
            className={styles.forms}
            aria-label={t("reports.preview.title")}
            value={form}
            data={[
              { value: "html", label: t("reports.preview.html") },
              { value: "text", label: t("reports.preview.text") },
            ]}
            onChange={(value) => setForm(value === "text" ? "text" : "html")}
          />
          {form === "html" ? (
            <MailFrame html={data.html} title={t("reports.preview.title")} />
          ) : (
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            <pre className={styles.text} tabIndex={0}>
              {data.text}
            </pre>
          )}
        </Stack>
      )}
    </Dialog>
  );
}
