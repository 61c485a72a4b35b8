import { Alert, Button, Group, Stack } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Secret } from "./copy.tsx";
import { Dialog } from "../dialogs/dialog.tsx";

/** A secret that the service shows this once. */
export interface Shown {
  title: string;
  label: string;
  secret: string;
}

/** Shows a secret until whoever sees it says that it is kept. */
export function Once({ shown, onClose }: { shown: Shown | null; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog opened={shown !== null} onClose={onClose} title={shown?.title} size="lg">
      {shown !== null && (
        <Stack gap="md">
          <Alert variant="light" color="yellow" icon={<IconAlertTriangle size={18} aria-hidden />}>
            {t("parts.once.why")}
          </Alert>
          <Secret label={shown.label} text={shown.secret} />
          <Group justify="flex-end">
            <Button onClick={onClose}>{t("parts.once.kept")}</Button>
          </Group>
        </Stack>
      )}
    </Dialog>
  );
}
