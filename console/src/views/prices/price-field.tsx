import { ActionIcon, NativeSelect, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Form } from "../../parts/form/use-form.ts";
import styles from "./prices.module.css";
import { TierRows } from "./tier-rows.tsx";
import { modeOf, modes, rowsOf, valueOf, type Values } from "./values.ts";

interface PriceFieldProps {
  form: Form<Values>;
  /** Where the price stands in the body. */
  name: string;
  label: string;
  /** The field that the price goes by, where there can be any number of them; else its label stands there. */
  naming?: ReactNode;
  onRemove?: { label: string; run: () => void };
}

/** What a thing costs: at one price, or in tiers. */
export function PriceField({ form, name, label, naming, onRemove }: PriceFieldProps) {
  const { t } = useTranslation();
  const mode = modeOf(form.values, name);
  const choose = (next: string): void => {
    form.set(`${name}.mode`, next);
    if (next === "flat" || rowsOf(form.values, `${name}.tiers`) > 0) return;
    // Tiers begin with the one price that there was.
    form.set(`${name}.tiers.rows`, "2");
    form.set(`${name}.tiers.0.unitPrice`, valueOf(form.values, `${name}.unitPrice`));
  };
  return (
    <div className={styles.price} role="group" aria-label={label}>
      <div className={styles.priceFields}>
        <div className={styles.naming}>{naming ?? <span aria-hidden>{label}</span>}</div>
        {mode === "flat" && (
          <TextInput label={t("prices.fields.unitPrice")} inputMode="decimal" {...form.text(`${name}.unitPrice`)} />
        )}
        <TextInput
          className={styles.free}
          label={t("prices.fields.freeUnits")}
          inputMode="numeric"
          {...form.text(`${name}.freeUnits`)}
        />
        <NativeSelect
          className={styles.mode}
          label={t("prices.fields.mode")}
          data={modes.map((value) => ({ value, label: t(`prices.fields.${value}`) }))}
          value={mode}
          onChange={(event) => choose(event.currentTarget.value)}
        />
        {onRemove && (
          <ActionIcon
            className={styles.removePrice}
            variant="subtle"
            color="gray"
            aria-label={onRemove.label}
            onClick={onRemove.run}
          >
            <IconX size={16} aria-hidden />
          </ActionIcon>
        )}
      </div>
      {mode !== "flat" && <TierRows form={form} list={`${name}.tiers`} label={label} />}
    </div>
  );
}
