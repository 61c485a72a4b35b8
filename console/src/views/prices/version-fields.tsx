import { NativeSelect, TextInput } from "@mantine/core";
import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import type { Form } from "../../parts/form/use-form.ts";
import { Fields } from "../../parts/page.tsx";
import { decimalsOf } from "../../parts/show/amounts.ts";
import { NamedPrices } from "./named-prices.tsx";
import { PriceField } from "./price-field.tsx";
import styles from "./prices.module.css";
import { deviceKinds, exemptions, measures, valueOf, type Values } from "./values.ts";

function Part({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={styles.part} aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {children}
    </section>
  );
}

/** The fields of prices: of each thing that can have one, and of the month as a whole. */
export function VersionFields({ form, currency }: { form: Form<Values>; currency: string }) {
  const { t } = useTranslation();
  const exemption = valueOf(form.values, "taxExemption.kind");
  const exempt = (kind: string): void => {
    form.set("taxExemption.kind", kind);
    // What is exempt has no tax.
    if (kind !== "") form.set("taxPercent", "0");
  };
  return (
    <>
      <p className={styles.soft}>{t("prices.hints.form", { currency, decimals: decimalsOf(currency) + 4 })}</p>
      <Part title={t("prices.sections.storage")}>
        <Fields>
          <NativeSelect
            label={t("prices.fields.unit")}
            data={[
              { value: "GB", label: t("prices.fields.gb") },
              { value: "GiB", label: t("prices.fields.gib") },
            ]}
            {...form.text("storage.unit")}
          />
          <NativeSelect
            label={t("prices.fields.measure")}
            data={measures.map((value) => ({ value, label: t(`prices.fields.measures.${value}`) }))}
            {...form.text("storage.measure")}
          />
        </Fields>
        <PriceField
          form={form}
          name="storage.price"
          label={t("prices.sections.storageEach", { unit: valueOf(form.values, "storage.unit") })}
        />
      </Part>
      <Part title={t("prices.sections.devices")}>
        {deviceKinds.map((kind) => (
          <PriceField key={kind} form={form} name={`devices.${kind}`} label={t(`billing.items.device.${kind}`)} />
        ))}
        <PriceField form={form} name="licences" label={t("billing.items.licence")} />
      </Part>
      <Part title={t("prices.sections.accounts")}>
        <NamedPrices form={form} list="accounts" />
      </Part>
      <Part title={t("prices.sections.services")}>
        <p className={styles.soft}>{t("prices.hints.services")}</p>
        <NamedPrices form={form} list="services" />
      </Part>
      <Part title={t("prices.sections.month")}>
        <Fields>
          <TextInput
            label={t("prices.fields.minimum")}
            description={t("prices.fields.minimumHint")}
            inputMode="decimal"
            {...form.text("minimum")}
          />
          <TextInput label={t("prices.fields.discountPercent")} inputMode="decimal" {...form.text("discountPercent")} />
        </Fields>
      </Part>
      <Part title={t("prices.sections.tax")}>
        <Fields>
          <TextInput
            label={t("prices.fields.taxPercent")}
            inputMode="decimal"
            withAsterisk
            {...form.text("taxPercent")}
          />
          <NativeSelect
            label={t("prices.fields.taxExemption")}
            data={[
              { value: "", label: t("prices.fields.noExemption") },
              ...exemptions.map((value) => ({ value, label: t(`prices.fields.${value}`) })),
            ]}
            {...form.text("taxExemption.kind")}
            onChange={(event) => exempt(event.currentTarget.value)}
          />
          {exemption !== "" && (
            <TextInput
              label={t("prices.fields.reason")}
              maxLength={200}
              withAsterisk
              {...form.text("taxExemption.reason")}
            />
          )}
        </Fields>
      </Part>
    </>
  );
}
