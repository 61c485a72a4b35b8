import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFocusBack } from "./use-focus-back.ts";

interface DialogProps {
  opened: boolean;
  title: ReactNode;
  size?: "sm" | "md" | "lg" | "xl";
  onClose: () => void;
  /** It may stand over other dialogs. */
  above?: boolean;
  children: ReactNode;
}

/** A dialog over the page. */
export function Dialog({ opened, title, size = "md", onClose, above = false, children }: DialogProps) {
  const { t } = useTranslation();
  useFocusBack(opened);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      size={size}
      // Over panels, whichever was opened first; what is chosen from (menus, lists) stands over both.
      zIndex={above ? 260 : 240}
      // Its head is no head of the page.
      attributes={{ header: { role: "presentation" } }}
      closeButtonProps={{ "aria-label": t("parts.close") }}
      transitionProps={{ duration: 120 }}
    >
      {children}
    </Modal>
  );
}
