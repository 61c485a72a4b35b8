import { ActionIcon, Button, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useRef } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import type { Form } from "../../parts/form/use-form.ts";
import styles from "./prices.module.css";
import { mostTiers, rowsOf, setAll, type Values, withoutRow } from "./values.ts";

/** The tiers of a price: each ends at a quantity, and the last one nowhere. */
export function TierRows({ form, list, label }: { form: Form<Values>; list: string; label: string }) {
  const { t } = useTranslation();
  const add = useRef<HTMLButtonElement>(null);
  const rows = useRef<HTMLDivElement>(null);
  const count = rowsOf(form.values, list);
  const addRow = (): void => {
    // What was the last tier gets an end, and the new one is the last.
    flushSync(() => form.set(`${list}.rows`, String(count + 1)));
    rows.current?.querySelector<HTMLInputElement>(`[name="${list}.${count - 1}.upTo"]`)?.focus();
  };
  const remove = (nth: number): void => {
    flushSync(() => {
      setAll(form, withoutRow(form.values, list, nth));
      // The last one has no end.
      if (nth === count - 1) form.set(`${list}.${count - 2}.upTo`, "");
    });
    add.current?.focus();
  };
  return (
    <div className={styles.tiers} role="group" aria-label={t("prices.tiers.table", { what: label })} ref={rows}>
      <div className={styles.tier} aria-hidden>
        <span className={styles.tierHead}>{t("prices.fields.upTo")}</span>
        <span className={styles.tierHead}>{t("prices.fields.unitPrice")}</span>
      </div>
      {Array.from({ length: count }, (_, nth) => (
        <div key={nth} className={styles.tier}>
          {nth === count - 1 ? (
            <p className={styles.last}>{t("prices.tiers.last")}</p>
          ) : (
            <TextInput
              name={`${list}.${nth}.upTo`}
              aria-label={t("prices.tiers.upTo", { nth: nth + 1 })}
              inputMode="numeric"
              {...form.text(`${list}.${nth}.upTo`)}
            />
          )}
          <TextInput
            aria-label={t("prices.tiers.price", { nth: nth + 1 })}
            inputMode="decimal"
            {...form.text(`${list}.${nth}.unitPrice`)}
          />
          {count > 1 && (
            <ActionIcon
              className={styles.remove}
              variant="subtle"
              color="gray"
              aria-label={t("prices.tiers.remove", { nth: nth + 1 })}
              onClick={() => remove(nth)}
            >
              <IconX size={16} aria-hidden />
            </ActionIcon>
          )}
        </div>
      ))}
      <div>
        <Button
          ref={add}
          size="compact-sm"
          variant="subtle"
          leftSection={<IconPlus size={14} aria-hidden />}
          aria-disabled={count >= mostTiers}
          onClick={() => count < mostTiers && addRow()}
        >
          {t("prices.tiers.add")}
        </Button>
      </div>
    </div>
  );
}
