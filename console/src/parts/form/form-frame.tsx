import { Alert, Button, Group, Stack } from "@mantine/core";
import { IconRestore } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../states.tsx";
import type { Form, Values } from "./use-form.ts";

interface FormFrameProps<V extends Values> {
  form: Form<V>;
  /** The word on the button: what is done. */
  action: string;
  onSubmit: () => void;
  onCancel?: () => void;
  disabled?: boolean;
  children: ReactNode;
}

/** The frame of a form: the note on its draft, its fields, what was refused, and its buttons. */
export function FormFrame<V extends Values>({
  form,
  action,
  onSubmit,
  onCancel,
  disabled,
  children,
}: FormFrameProps<V>) {
  const { t } = useTranslation();
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <Stack gap="md">
        {form.restored && (
          <Alert variant="light" color="gray" icon={<IconRestore size={18} aria-hidden />}>
            <Group justify="space-between" gap="sm">
              {t("parts.draft")}
              <Button size="compact-sm" variant="subtle" onClick={form.reset}>
                {t("parts.draftDiscard")}
              </Button>
            </Group>
          </Alert>
        )}
        {children}
        {form.error !== null && <Problem error={form.error} />}
        <Group justify="flex-end" gap="sm">
          {onCancel && (
            <Button
              variant="default"
              onClick={() => {
                form.reset();
                onCancel();
              }}
            >
              {t("parts.cancel")}
            </Button>
          )}
          <Button type="submit" loading={form.busy} disabled={disabled ?? false}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
