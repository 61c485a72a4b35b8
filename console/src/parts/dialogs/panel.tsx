import { Drawer } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import styles from "./panel.module.css";
import { useFocusBack } from "./use-focus-back.ts";

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
  useFocusBack(opened);
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      title={<strong className={styles.title}>{title}</strong>}
      // Of what stands over it, such as a dialog or an open list, Escape closes that alone.
      closeOnEscape={false}
      onKeyDown={(event) => {
        const { target } = event;
        const taken = target instanceof HTMLElement && target.dataset.mantineStopPropagation === "true";
        if (event.key === "Escape" && !taken) onClose();
      }}
      position="right"
      size={size}
      // Its head is no head of the page.
      attributes={{ header: { role: "presentation" } }}
      closeButtonProps={{ "aria-label": t("parts.close") }}
      transitionProps={{ duration: 120 }}
    >
      {children}
    </Drawer>
  );
}
