import { Button, Group, Radio, Stack, Text } from "@mantine/core";
import { useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { hasCode } from "../../app/problem.ts";
import { Dialog } from "../dialogs/dialog.tsx";
import styles from "./conflict.module.css";

interface Clash {
  name: string;
  label: string;
  mine: unknown;
  theirs: unknown;
}
interface Asked {
  clashes: readonly Clash[];
  show: (name: string, value: unknown) => string;
  resolve: (keepTheirs: ReadonlySet<string> | null) => void;
}

let asked: Asked | null = null;
const listeners = new Set<() => void>();
const set = (next: Asked | null): void => {
  asked = next;
  for (const listener of listeners) listener();
};
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

const at = (record: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], record);
const same = (one: unknown, other: unknown): boolean => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

interface Edit<R extends { version: number }> {
  /** The record as it was when the form was opened. */
  base: R;
  /** New values by path, such as `space.limitBytes`. */
  changes: Readonly<Record<string, unknown>>;
  labels: Readonly<Record<string, string>>;
  /** How a value is written in the dialog. Default: as text. */
  show?: (name: string, value: unknown) => string;
  save: (patch: Record<string, unknown>, version: number) => Promise<R>;
  reload: () => Promise<R>;
}

/** A merge patch (RFC 7396) from values by path. */
export function patchOf(changes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(".");
    const lastKey = keys.pop() ?? path;
    let place = patch;
    for (const key of keys) place = (place[key] ??= {}) as Record<string, unknown>;
    place[lastKey] = value;
  }
  return patch;
}

/**
 * Saves changes of a record. Where somebody else has changed it meanwhile, what does not touch the same fields is saved on top of that; for fields that
 * both have changed, a dialog asks which value to keep.
 * @returns the saved record; null: the dialog was closed
 */
export async function saveEdit<R extends { version: number }>(edit: Edit<R>): Promise<R | null> {
  const { save, reload, labels, show = (_, value) => String(value) } = edit;
  let { base, changes } = edit;
  for (;;) {
    try {
      return await save(patchOf(changes), base.version);
    } catch (error) {
      if (!hasCode(error, "precondition_failed")) throw error;
    }
    const now = await reload();
    const known = base;
    const clashes = Object.entries(changes)
      .filter(([name, mine]) => !same(at(now, name), at(known, name)) && !same(at(now, name), mine))
      .map(([name, mine]): Clash => ({ name, label: labels[name] ?? name, mine, theirs: at(now, name) }));
    base = now;
    if (clashes.length === 0) continue;
    const keepTheirs = await new Promise<ReadonlySet<string> | null>((resolve) => set({ clashes, show, resolve }));
    set(null);
    if (keepTheirs === null) return null;
    changes = Object.fromEntries(Object.entries(changes).filter(([name]) => !keepTheirs.has(name)));
    if (Object.keys(changes).length === 0) return now;
  }
}

/** The dialog of `saveEdit`. It stands in the page once. */
export function Conflicts() {
  const question = useSyncExternalStore(subscribe, () => asked);
  const { t } = useTranslation();
  return (
    <Dialog
      opened={question !== null}
      onClose={() => question?.resolve(null)}
      title={t("parts.conflict.title")}
      size="lg"
      // Forms may stand in dialogs themselves.
      above
    >
      {question !== null && <Choice question={question} />}
    </Dialog>
  );
}

function Choice({ question: { clashes, show, resolve } }: { question: Asked }) {
  const { t } = useTranslation();
  const [theirs, setTheirs] = useState<ReadonlySet<string>>(new Set());
  const written = (name: string, value: unknown): string =>
    value === null || value === undefined || value === "" ? t("parts.conflict.empty") : show(name, value);
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {t("parts.conflict.why")}
      </Text>
      {clashes.map(({ name, label, mine, theirs: saved }) => (
        <Radio.Group
          key={name}
          label={label}
          value={theirs.has(name) ? "theirs" : "mine"}
          onChange={(value) => {
            const next = new Set(theirs);
            if (value === "theirs") next.add(name);
            else next.delete(name);
            setTheirs(next);
          }}
        >
          <div className={styles.pair}>
            <Radio value="mine" label={`${t("parts.conflict.mine")}: ${written(name, mine)}`} />
            <Radio value="theirs" label={`${t("parts.conflict.theirs")}: ${written(name, saved)}`} />
          </div>
        </Radio.Group>
      ))}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={() => resolve(null)}>
          {t("parts.cancel")}
        </Button>
        <Button onClick={() => resolve(theirs)}>{t("parts.conflict.save")}</Button>
      </Group>
    </Stack>
  );
}
