import { useLayoutEffect } from "react";

/** What had the focus last. Entries of menus do not count: they go with their menu, whose button stays. */
let last: HTMLElement | null = null;
document.addEventListener("focusin", ({ target }) => {
  if (target instanceof HTMLElement && target.closest("[role=menu]") === null) last = target;
});

let waiting: ReturnType<typeof setTimeout> | undefined;

/** Gives the focus back to what opened a dialog, once that has closed, unless something else has taken it. */
export function useFocusBack(opened: boolean): void {
  useLayoutEffect(() => {
    if (!opened) return undefined;
    const opener = last;
    clearTimeout(waiting);
    return () => {
      // The dialog fades first.
      waiting = setTimeout(() => {
        if (document.activeElement === document.body && last?.isConnected !== true)
          opener?.focus({ preventScroll: true });
      }, 200);
    };
  }, [opened]);
}
