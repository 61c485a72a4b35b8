import {
  IconBuilding,
  IconBuildingStore,
  IconChevronRight,
  IconMapPin,
  IconNetwork,
  IconServer2,
  type TablerIcon,
} from "@tabler/icons-react";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import type { Schemas } from "@tenantry/client";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { areaIn } from "./keep-area.ts";
import { type Row, rowId } from "./rows.ts";
import styles from "./tree.module.css";
import { useTree } from "./use-tree.ts";

const icons: Record<Schemas["Level"], TablerIcon> = {
  provider: IconServer2,
  distributor: IconNetwork,
  "sub-distributor": IconNetwork,
  reseller: IconBuildingStore,
  "end-customer": IconBuilding,
  site: IconMapPin,
};

/** The caller's branch as a tree: lazy, of any size, and all of it by the keyboard. */
export function Tree() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { nodeId } = useParams({ strict: false });
  const { rows, toggle, more, retry } = useTree(nodeId);
  const [focused, setFocused] = useState<string | null>(null);
  const typed = useRef({ text: "", at: Number.NEGATIVE_INFINITY });
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 30,
    overscan: 16,
    getItemKey: (index) => rowId(rows[index] as Row),
  });
  const items = virtual.getVirtualItems();
  const at = Math.max(
    0,
    rows.findIndex((row) => rowId(row) === (focused ?? nodeId)),
  );
  const active = rows[at];

  // Scrolling to the end of what is loaded loads more of it.
  const waiting = items.map(({ index }) => rows[index]).find((row) => row?.kind === "more");
  const waitingFor = waiting?.kind === "more" ? waiting.parentId : undefined;
  useEffect(() => {
    if (waitingFor !== undefined) more(waitingFor);
  }, [waitingFor, more]);
  // What was opened elsewhere comes in sight here, once.
  const openAt = rows.findIndex((row) => row.kind === "item" && row.item.id === nodeId);
  const seen = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (openAt < 0 || seen.current === nodeId) return;
    seen.current = nodeId;
    virtual.scrollToIndex(openAt, { align: "auto" });
  }, [openAt, nodeId, virtual]);

  const open = (id: string): void => void navigate({ to: `/n/${id}/${areaIn(location.pathname)}` });
  const focus = (index: number): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (!row) return;
    setFocused(rowId(row));
    virtual.scrollToIndex(rows.indexOf(row), { align: "auto" });
  };
  const act = (row: Row): void => {
    if (row.kind === "item") open(row.item.id);
    else if (row.kind === "more") more(row.parentId);
    else if (row.kind === "failed") retry(row.parentId);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!active || event.ctrlKey || event.metaKey || event.altKey) return;
    const isItem = active.kind === "item";
    const steps: Record<string, () => void> = {
      ArrowDown: () => focus(at + 1),
      ArrowUp: () => focus(at - 1),
      Home: () => focus(0),
      End: () => focus(rows.length - 1),
      PageDown: () => focus(at + 15),
      PageUp: () => focus(at - 15),
      Enter: () => act(active),
      " ": () => act(active),
      ArrowRight() {
        if (!isItem || active.expanded === null) return;
        if (active.expanded) focus(at + 1);
        else toggle(active.item.id, true);
      },
      ArrowLeft() {
        if (isItem && active.expanded) toggle(active.item.id, false);
        else focus(rows.findIndex((row) => row.kind === "item" && row.item.id === active.parentId));
      },
    };
    const inName = event.key === " " && event.timeStamp - typed.current.at < 800;
    if (Object.hasOwn(steps, event.key) && !inName) {
      event.preventDefault();
      typed.current = { text: "", at: Number.NEGATIVE_INFINITY };
      steps[event.key]?.();
    } else if (event.key.length === 1) {
      event.preventDefault();
      // What is typed without a stop is one beginning; it starts afresh, and goes on from here, after a pause.
      const isNew = event.timeStamp - typed.current.at > 800;
      const text = isNew ? event.key : typed.current.text + event.key;
      typed.current = { text, at: event.timeStamp };
      const begins = (row: Row | undefined): boolean =>
        row?.kind === "item" && row.item.name.toLowerCase().startsWith(text.toLowerCase());
      const order = [...rows.keys()].map((step) => (at + (isNew ? 1 : 0) + step) % rows.length);
      const found = order.find((index) => begins(rows[index]));
      if (found !== undefined) focus(found);
    }
  };

  return (
    <>
      <div className={styles.title}>{t("frame.hierarchy")}</div>
      <div
        ref={scroller}
        className={styles.scroll}
        role="tree"
        aria-label={t("frame.hierarchy")}
        tabIndex={0}
        aria-activedescendant={active && items.some(({ index }) => index === at) ? `tree-${rowId(active)}` : undefined}
        onKeyDown={onKeyDown}
      >
        <div className={styles.rows} style={{ height: virtual.getTotalSize() }} role="presentation">
          {items.map(({ index, start, key }) => {
            const row = rows[index] as Row;
            const place = { transform: `translateY(${start}px)`, paddingLeft: 4 + row.depth * 14 };
            const className = `${styles.row} ${index === at ? styles.focused : ""}`;
            if (row.kind !== "item")
              return (
                <div
                  key={key}
                  id={`tree-${rowId(row)}`}
                  role="treeitem"
                  aria-level={row.depth + 1}
                  aria-selected={false}
                  className={`${className} ${styles.other}`}
                  style={{ ...place, paddingLeft: place.paddingLeft + 24 }}
                  onClick={() => act(row)}
                >
                  {row.kind === "failed"
                    ? t("frame.treeFailed")
                    : row.kind === "more"
                      ? t("frame.treeMore")
                      : t("frame.treeLoading")}
                </div>
              );
            const { item, expanded } = row;
            const Icon = icons[item.level];
            return (
              <div
                key={key}
                id={`tree-${item.id}`}
                role="treeitem"
                aria-level={row.depth + 1}
                aria-setsize={row.siblings}
                aria-posinset={row.place}
                aria-expanded={expanded ?? undefined}
                aria-selected={item.id === nodeId}
                className={className}
                style={place}
                title={item.name}
                onClick={() => {
                  setFocused(item.id);
                  open(item.id);
                }}
              >
                {expanded === null ? (
                  <span className={styles.twist} aria-hidden />
                ) : (
                  <span
                    className={styles.twist}
                    data-open={expanded}
                    aria-hidden
                    onClick={(event) => {
                      event.stopPropagation();
                      setFocused(item.id);
                      toggle(item.id);
                    }}
                  >
                    <IconChevronRight size={14} />
                  </span>
                )}
                <Icon size={16} stroke={1.6} className={styles.icon} aria-hidden />
                <span className={`${styles.name} ${item.active ? "" : styles.off}`}>{item.name}</span>
                {!item.active && <span className="visually-hidden">({t("frame.inactive")})</span>}
                {item.inTrial && <span className={styles.note}>{t("frame.trial")}</span>}
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}
