import { ActionIcon, Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconMenu2 } from "@tabler/icons-react";
import { Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../app/session.tsx";
import { Later } from "../parts/later.tsx";
import { Brand } from "./brand.tsx";
import styles from "./frame.module.css";
import { SearchBox } from "./search-box.tsx";
import { Tree } from "./tree/tree.tsx";
import { useFocusKept } from "./use-focus-kept.ts";
import { UserMenu } from "./user-menu.tsx";

/** What stands around every view: header, search, the tree of the branch. */
export function Frame() {
  const { t } = useTranslation();
  const { kind } = useMe();
  const narrow = useMediaQuery("(width < 900px)") ?? false;
  const [open, setOpen] = useState(false);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  useEffect(() => setOpen(false), [path]);
  const hasTree = kind !== "account";
  const main = useRef<HTMLElement>(null);
  useFocusKept(main);
  return (
    <div className={styles.frame} data-plain={hasTree ? undefined : true}>
      <a
        className={styles.skip}
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          document.querySelector<HTMLElement>("#view, #content:not(:has(#view))")?.focus();
        }}
      >
        {t("frame.skip")}
      </a>
      <header className={styles.header}>
        {hasTree && (
          <ActionIcon className={styles.burger} size="lg" onClick={() => setOpen(true)} aria-label={t("frame.menu")}>
            <IconMenu2 size={20} stroke={1.7} />
          </ActionIcon>
        )}
        <Brand />
        {hasTree && (
          <div className={styles.search}>
            <Later>
              <SearchBox />
            </Later>
          </div>
        )}
        <div className={styles.end}>
          <Later>
            <UserMenu />
          </Later>
        </div>
      </header>
      {hasTree && !narrow && (
        <nav className={styles.side} aria-label={t("frame.hierarchy")}>
          <Later>
            <Tree />
          </Later>
        </nav>
      )}
      {hasTree && narrow && (
        <Drawer
          opened={open}
          onClose={() => setOpen(false)}
          title={t("frame.hierarchy")}
          size={300}
          padding="xs"
          closeButtonProps={{ "aria-label": t("frame.close") }}
          classNames={{ content: styles.side, body: styles.main }}
        >
          <Tree />
        </Drawer>
      )}
      <main className={styles.main} id="content" tabIndex={-1} ref={main}>
        <Outlet />
      </main>
    </div>
  );
}
