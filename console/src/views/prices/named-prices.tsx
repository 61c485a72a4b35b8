import { Button, NativeSelect, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import type { Form } from "../../parts/form/use-form.ts";
import { plansQuery } from "../accounts/data.ts";
import { PriceField } from "./price-field.tsx";
import styles from "./prices.module.css";
import { type List, nameIn, rowsOf, setAll, valueOf, type Values, withoutRow } from "./values.ts";

/** Prices that go by a name: those of accounts by their service plan, those of services. */
export function NamedPrices({ form, list }: { form: Form<Values>; list: List }) {
  const { t } = useTranslation();
  const add = useRef<HTMLButtonElement>(null);
  const rows = useRef<HTMLDivElement>(null);
  const count = rowsOf(form.values, list);
  const { data: plans = [] } = useQuery(plansQuery);
  const labelOf = (nth: number): string => {
    const name = valueOf(form.values, nameIn(list, nth));
    if (name.trim() === "") return t(`prices.${list}.nth`, { nth: nth + 1 });
    return list === "services"
      ? name
      : t("billing.items.account", { plan: plans.find(({ code }) => code === name)?.name ?? name });
  };
  const addRow = (): void => {
    flushSync(() => setAll(form, { [`${list}.rows`]: String(count + 1), [`${list}.${count}.mode`]: "flat" }));
    rows.current?.querySelector<HTMLElement>(`[name="${nameIn(list, count)}"]`)?.focus();
  };
  const remove = (nth: number): void => {
    flushSync(() => setAll(form, withoutRow(form.values, list, nth)));
    add.current?.focus();
  };
  /** Plans that are offered, and the one that is priced already. */
  const choicesOf = (chosen: string) => [
    { value: "", label: t("prices.accounts.choose") },
    ...plans
      .filter(({ code, retiredAt }) => retiredAt === null || code === chosen)
      .map(({ code, name }) => ({ value: code, label: name })),
    ...(chosen === "" || plans.some(({ code }) => code === chosen) ? [] : [{ value: chosen, label: chosen }]),
  ];
  const nameField = (field: string) =>
    list === "services" ? (
      <TextInput name={field} label={t("prices.fields.service")} maxLength={200} {...form.text(field)} />
    ) : (
      <NativeSelect
        name={field}
        label={t("prices.fields.plan")}
        data={choicesOf(valueOf(form.values, field))}
        {...form.text(field)}
      />
    );
  return (
    <div className={styles.named} ref={rows}>
      {Array.from({ length: count }, (_, nth) => (
        <PriceField
          key={nth}
          form={form}
          name={`${list}.${nth}`}
          label={labelOf(nth)}
          naming={nameField(nameIn(list, nth))}
          onRemove={{ label: t(`prices.${list}.remove`, { what: labelOf(nth) }), run: () => remove(nth) }}
        />
      ))}
      <div>
        <Button
          ref={add}
          size="compact-sm"
          variant="subtle"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={addRow}
        >
          {t(`prices.${list}.add`)}
        </Button>
      </div>
    </div>
  );
}
