import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface DialogProps {
  opened: boolean;
  title: ReactNode;
  size?: "sm" | "md" | "lg" | "xl";
  onClose: () => void;
  children: ReactNode;
}

/** A dialog over the page. */
export function Dialog({ opened, title, size = "md", onClose, children }: DialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      size={size}
      closeButtonProps={{ "aria-label": t("parts.close") }}
      transitionProps={{ duration: 120 }}
    >
      {children}
    </Modal>
  );
}
