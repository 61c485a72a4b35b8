import { Button, Checkbox, Group, Pill, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import { tenantry } from "../../app/api.ts";
import { ThingPicker } from "../../parts/form/thing-picker.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Note } from "../../parts/page.tsx";
import { Problem } from "../../parts/states.tsx";
import { type Movable, useMovables } from "./data.ts";
import styles from "./moves.module.css";
import type { MoveKind } from "./route.ts";

interface WhatProps {
  node: Node;
  what: MoveKind;
  ids: readonly string[];
  from: string | undefined;
  names: ReadonlyMap<string, Movable> | undefined;
  onChange: (ids: readonly string[]) => void;
  onFrom: (deviceId: string) => void;
}

/** Chooses what is moved: what was chosen elsewhere, and what stands below the customer. */
export function What({ node, what, ids, from, names, onChange, onFrom }: WhatProps) {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const list = useMovables(node, what, from);
  const device = useQuery({
    queryKey: ["moves", "device", from],
    queryFn: ({ signal }) => tenantry.getDevice({ params: { id: from ?? "" }, signal }),
    enabled: from !== undefined && what === "backup-sets",
  });
  if (what === "merge") return <Note>{t("moves.mergeInto", { name: node.name })}</Note>;
  const known = new Map(list.rows.map((row) => [row.id, row]));
  const elsewhere = ids.filter((id) => !known.has(id));
  const toggle = (id: string): void => onChange(ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id]);
  return (
    <>
      {what === "backup-sets" && (
        <ThingPicker
          kind="device"
          label={t("moves.fromDevice")}
          value={device.data ? { id: device.data.id, name: device.data.name, place: "" } : null}
          onChange={({ id }) => onFrom(id)}
        />
      )}
      {elsewhere.length > 0 && (
        <Group gap={6} role="group" aria-label={t("moves.chosen")}>
          {elsewhere.map((id) => (
            <Pill
              key={id}
              withRemoveButton
              onRemove={() => toggle(id)}
              removeButtonProps={{ "aria-label": t("moves.remove", { name: names?.get(id)?.name ?? id }) }}
            >
              {names?.get(id)?.name ?? id}
            </Pill>
          ))}
        </Group>
      )}
      {list.error !== null && <Problem error={list.error} onRetry={list.reload} />}
      {list.rows.length > 0 && (
        <div className={styles.rows} role="group" aria-label={t("moves.choose")}>
          {list.rows.map((row) => (
            <Checkbox
              key={row.id}
              checked={ids.includes(row.id)}
              onChange={() => toggle(row.id)}
              label={row.name}
              description={[row.about, row.usedBytes === null ? "" : bytes(row.usedBytes)]
                .filter((part) => part !== "")
                .join(" · ")}
            />
          ))}
        </div>
      )}
      {!list.loading && list.rows.length === 0 && list.error === null && elsewhere.length === 0 && (
        <Note>{t(what === "backup-sets" && from === undefined ? "moves.chooseDevice" : "moves.nothingHere")}</Note>
      )}
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {t("parts.table.selected", { count: ids.length })}
        </Text>
        <Group gap="xs">
          {list.hasMore && (
            <Button size="compact-sm" variant="subtle" loading={list.loadingMore} onClick={list.loadMore}>
              {t("parts.table.more")}
            </Button>
          )}
          {list.rows.length > 1 && (
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={() => onChange([...new Set([...ids, ...list.rows.map(({ id }) => id)])])}
            >
              {t("moves.all")}
            </Button>
          )}
        </Group>
      </Group>
    </>
  );
}
