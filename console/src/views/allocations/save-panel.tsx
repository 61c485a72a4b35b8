import { Button, Group } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import { tenantry } from "../../app/api.ts";
import { tell } from "../../app/problem.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { Problem } from "../../parts/states.tsx";
import { refreshCustomer } from "../details/data.ts";
import styles from "./allocations.module.css";
import { type Allocation, changesAtMost, changesOf, type Edits, type Free, reverseOf } from "./plan.ts";

interface SavePanelProps {
  node: Node;
  rows: readonly Allocation[];
  edits: Edits;
  free: { space: Map<string, Free>; licences: Map<string, Free> };
  onFaults: (ids: ReadonlySet<string>) => void;
  onDone: () => void;
}

/** What the edits do to the pools that they come from, and the button that saves them all in one step. */
export function SavePanel({ node, rows, edits, free, onFaults, onDone }: SavePanelProps) {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  const changes = changesOf(rows, edits);
  // Rows without a limit show what is free above them; the pool itself is named once.
  const pools = rows
    .filter((row) => row.kind === "customer")
    .flatMap((row) => {
      const hasPool = (limit: number | null, edited: number | null | undefined): boolean =>
        (edited === undefined ? limit : edited) !== null || row.id === node.id;
      return [
        {
          row,
          kind: "space" as const,
          known: free.space.get(row.id),
          isPool: hasPool(row.space.limitBytes, edits[row.id]?.space),
        },
        {
          row,
          kind: "licences" as const,
          known: free.licences.get(row.id),
          isPool: hasPool(row.licences.limit, edits[row.id]?.licences),
        },
      ];
    })
    .filter(({ known, isPool }) => isPool && known && known.now !== known.after);

  const save = async (): Promise<void> => {
    setBusy(true);
    setRefusal(null);
    const back = reverseOf(rows, edits);
    const params = { id: node.id };
    try {
      await tenantry.updateAllocations({ params, body: { changes } });
      onDone();
      refreshCustomer(client);
      notify(t("allocations.saved", { count: changes.length }), async () => {
        await tenantry.updateAllocations({ params, body: { changes: back } });
        refreshCustomer(client);
      });
    } catch (error) {
      setRefusal(error);
      const at = tell(error).fields.map(({ path }) => changes[Number(/^changes[.[](\d+)/.exec(path)?.[1] ?? -1)]?.id);
      onFaults(new Set(at.filter((id) => id !== undefined)));
      void client.invalidateQueries({ queryKey: ["allocations"] });
    } finally {
      setBusy(false);
    }
  };
  const nameAt = (path: string): string => {
    const change = changes[Number(/^changes[.[](\d+)/.exec(path)?.[1] ?? -1)];
    return rows.find(({ id }) => id === change?.id)?.name ?? "";
  };
  const refused = refusal === null ? [] : tell(refusal).fields;
  return (
    <div className={styles.save} role="group" aria-label={t("allocations.changes", { count: changes.length })}>
      {pools.length > 0 && (
        <div className={styles.pools} role="status">
          {pools.map(({ row, kind, known }) => {
            const write = kind === "space" ? bytes : number;
            const word = (value: number | null | undefined): string =>
              value === null || value === undefined ? t("terms.unlimited") : write(value);
            const isShort = known?.after !== null && known !== undefined && known.after < 0;
            return (
              <span key={`${row.id} ${kind}`} className={`${styles.pool} ${isShort ? styles.short : ""} numbers`}>
                {t(`allocations.pool.${kind}`, { name: row.name })}: {word(known?.now)} →{" "}
                <strong>{word(known?.after)}</strong>
                {isShort && ` · ${t("allocations.pool.short")}`}
              </span>
            );
          })}
        </div>
      )}
      {refusal !== null && refused.length === 0 && <Problem error={refusal} />}
      {refused.length > 0 && (
        <ul className={styles.refusals} role="alert">
          {refused.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              <strong>{nameAt(path)}</strong>: {message}
            </li>
          ))}
        </ul>
      )}
      <div className={styles.saveRow}>
        <span>
          {t("allocations.changes", { count: changes.length })}
          {changes.length >= changesAtMost && ` · ${t("allocations.full", { count: changesAtMost })}`}
        </span>
        <Group gap="sm">
          <Button variant="default" onClick={onDone}>
            {t("details.discard")}
          </Button>
          <Button loading={busy} onClick={() => void save()}>
            {t("allocations.save")}
          </Button>
        </Group>
      </div>
    </div>
  );
}
