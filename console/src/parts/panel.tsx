import { Drawer } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface PanelProps {
  opened: boolean;
  title: ReactNode;
  size?: number | undefined;
  onClose: () => void;
  children: ReactNode;
}

/** What is known of one row, at the right beside its table. Its address holds which row it is. */
export function Panel({ opened, title, size = 560, onClose, children }: PanelProps) {
  const { t } = useTranslation();
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      title={title}
      position="right"
      size={size}
      closeButtonProps={{ "aria-label": t("parts.close") }}
      transitionProps={{ duration: 120 }}
    >
      {children}
    </Drawer>
  );
}
