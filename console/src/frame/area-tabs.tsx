import { Menu } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { Link, useRouterState } from "@tanstack/react-router";
import { useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Area, Node } from "../app/areas.ts";
import styles from "./node-page.module.css";
import { useAreas } from "./use-areas.ts";

/** How many of the first tabs fit beside the one that is open, measured on a copy of all of them that nobody sees. */
function useFitting(key: string, open: number) {
  const strip = useRef<HTMLDivElement>(null);
  const measure = useRef<HTMLDivElement>(null);
  const [count, setCount] = useState(Number.POSITIVE_INFINITY);
  useLayoutEffect(() => {
    const fit = (): void => {
      const room = strip.current?.clientWidth ?? 0;
      const widths = [...(measure.current?.children ?? [])].map((child) => (child as HTMLElement).offsetWidth + 2);
      const more = widths.pop() ?? 0;
      const all = widths.reduce((sum, width) => sum + width, 0);
      /** How many of the first fit into what is left beside the menu and one more tab. */
      const fitting = (reserved: number): number => {
        let left = room - more - reserved;
        const end = widths.findIndex((width) => (left -= width) < 0);
        return end < 0 ? widths.length : end;
      };
      const first = fitting(0);
      setCount(all <= room ? widths.length : open < first ? first : fitting(widths[open] ?? 0));
    };
    fit();
    const observer = new ResizeObserver(fit);
    if (strip.current) observer.observe(strip.current);
    return () => observer.disconnect();
  }, [key, open]);
  return { strip, measure, count };
}

/** The areas of a customer as tabs; those that do not fit are in a menu. */
export function AreaTabs({ nodeId, node }: { nodeId: string; node: Node | undefined }) {
  const { t, i18n } = useTranslation();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const shown = useAreas(nodeId, node);
  const current = shown.find((area) => path.split("/")[3] === area.path);
  const { strip, measure, count } = useFitting(
    `${i18n.language} ${shown.map((area) => area.path).join()}`,
    current === undefined ? -1 : shown.indexOf(current),
  );
  const first = shown.slice(0, count);
  // The area that is open is always in sight.
  const ordered = current && !first.includes(current) ? [...first, current] : first;
  const rest = shown.filter((area) => !ordered.includes(area));
  const address = (area: Area): string => `/n/${nodeId}/${area.path}`;
  return (
    <nav className={styles.tabs} ref={strip} aria-label={t("frame.navigation")}>
      {ordered.map((area) => (
        <Link
          key={area.path}
          to={address(area)}
          className={styles.tab}
          aria-current={area === current ? "page" : undefined}
        >
          {t(area.label)}
        </Link>
      ))}
      {rest.length > 0 && (
        <Menu position="bottom-end">
          <Menu.Target>
            <button type="button" className={styles.tab}>
              {t("frame.more")} <IconChevronDown size={14} aria-hidden />
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            {rest.map((area) => (
              <Menu.Item
                key={area.path}
                component={Link}
                to={address(area)}
                leftSection={<area.icon size={16} aria-hidden />}
              >
                {t(area.label)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      <div className={styles.measure} ref={measure} aria-hidden>
        {shown.map((area) => (
          <span key={area.path} className={styles.tab}>
            {t(area.label)}
          </span>
        ))}
        <span className={styles.tab}>
          {t("frame.more")} <IconChevronDown size={14} />
        </span>
      </div>
    </nav>
  );
}
