import { Button, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Copy } from "../../parts/show/copy.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { download } from "../../parts/table/csv.ts";
import styles from "./profile.module.css";

/** Recovery codes, which are shown this once. */
export function RecoveryCodes({ codes, onClose }: { codes: readonly string[] | null; onClose: () => void }) {
  const { t } = useTranslation();
  const text = codes?.join("\n") ?? "";
  return (
    <Dialog opened={codes !== null} onClose={onClose} title={t("profile.codes.title")} size="md">
      <Stack gap="md">
        <Text size="sm">{t("profile.codes.why")}</Text>
        <ul className={styles.codes}>
          {codes?.map((code) => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ul>
        <Group justify="space-between">
          <Group gap="sm">
            <Copy text={text} />
            <Button
              size="xs"
              variant="default"
              onClick={() => download("tenantry-recovery-codes.txt", `${text}\n`, "text/plain;charset=utf-8")}
            >
              {t("profile.codes.download")}
            </Button>
          </Group>
          <Button onClick={onClose}>{t("parts.once.kept")}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
