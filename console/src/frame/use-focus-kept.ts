import { useRouterState } from "@tanstack/react-router";
import { type RefObject, useEffect } from "react";

/** Whether anybody has done anything on this page. Until then it begins at its head. */
let isUsed = false;
for (const kind of ["keydown", "pointerdown"])
  addEventListener(kind, () => (isUsed = true), { once: true, capture: true });

/**
 * What had the focus may go with the page that it stood on, as a link does that was followed. The new page takes it then, so that the tabulator goes on
 * there and not at the head of everything.
 */
export function useFocusKept(element: RefObject<HTMLElement | null>): void {
  const href = useRouterState({ select: ({ location }) => location.href });
  useEffect(() => {
    if (!isUsed) return undefined;
    // By then dialogs and menus have given back what they had taken.
    const timer = setTimeout(() => {
      const { activeElement, body } = document;
      const isLost = activeElement === null || activeElement === body || activeElement.contains(element.current);
      if (isLost && activeElement !== element.current) element.current?.focus({ preventScroll: true });
    }, 250);
    return () => clearTimeout(timer);
  }, [href, element]);
}
