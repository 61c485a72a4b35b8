import { useCallback, useMemo, useRef } from "react";
import styles from "./reports.module.css";

/**
 * What would ask the policy for something is set aside: inline styles, style elements, addresses of pictures. Nothing of it runs in any case: the
 * frame is sandboxed without scripts, and it has the policy of this page.
 */
function setAside(html: string): { html: string; sheets: string } {
  const sheets: string[] = [];
  const without = html
    .replaceAll(/<style[^>]*>([\s\S]*?)<\/style>/gi, (_, css: string) => {
      sheets.push(css);
      return "";
    })
    .replaceAll(/(<[^>]*?)\sstyle=/gi, "$1 data-style=")
    .replaceAll(/(<img[^>]*?)\ssrc=/gi, "$1 data-src=")
    .replaceAll(/<(?:script|link|iframe|object|embed|base)\b[^>]*>/gi, "");
  return { html: without, sheets: sheets.join("\n") };
}

/** A mail as it looks, in a frame of its own: no scripts, no requests, no way out of it. Its styles are set by the object model, which the policy allows. */
export function MailFrame({ html, title }: { html: string; title: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const safe = useMemo(() => setAside(html), [html]);
  const dress = useCallback(() => {
    const view = frame.current?.contentDocument;
    const Sheet = view?.defaultView?.CSSStyleSheet;
    if (!view || !Sheet) return;
    for (const element of view.querySelectorAll<HTMLElement>("[data-style]"))
      element.style.cssText = element.dataset.style ?? "";
    const sheet = new Sheet();
    sheet.replaceSync(safe.sheets);
    view.adoptedStyleSheets = [sheet];
  }, [safe]);
  return (
    <iframe
      ref={frame}
      className={styles.frame}
      title={title}
      // Without allow-scripts; the same origin lets this page, and nothing else, reach in to set the styles.
      sandbox="allow-same-origin"
      srcDoc={safe.html}
      onLoad={dress}
    />
  );
}
