import { IconCornerDownRight, IconPencil } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import styles from "./settings.module.css";

interface SourceProps {
  node: Node;
  source: { id: string | null; level: string };
}

/** Which level a value comes from, with a link to change it there. */
export function Source({ node, source: { id, level } }: SourceProps) {
  const { t } = useTranslation();
  if (id === node.id)
    return (
      <span className={`${styles.source} ${styles.own}`}>
        <IconPencil size={13} aria-hidden /> {t("settings.source.here")}
      </span>
    );
  const step = node.path.find((one) => one.id === id);
  return (
    <span className={styles.source}>
      <IconCornerDownRight size={13} aria-hidden />
      {level === "default" ? (
        t("settings.source.default")
      ) : step ? (
        <Link to="/n/$nodeId/settings" params={{ nodeId: step.id }}>
          {t("settings.source.from", { name: step.name })}
        </Link>
      ) : (
        t("settings.source.above", { level: t(`terms.levels.${level as Node["level"]}`) })
      )}
    </span>
  );
}
