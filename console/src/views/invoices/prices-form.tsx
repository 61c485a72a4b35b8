import { Select, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Input } from "@tenantry/client";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { Fields } from "../../parts/page.tsx";
import { minorUnits } from "../../parts/show/amounts.ts";
import { plansQuery } from "../billing/data.ts";

type Body = Input<"createPricePlan">["body"];
type Version = Body["versions"][number];
const prices = ["storage", "server", "workstation", "laptop", "licences", "minimum"] as const;
type PriceName = (typeof prices)[number];
type Values = Record<PriceName | "name" | "currency" | "validFrom" | "discountPercent" | "taxPercent", string> & {
  unit: string;
  measure: string;
};

const measures = ["average", "end", "peak"] as const;
const today = (): string => new Date().toISOString().slice(0, 10);

/** A new price plan of the seller. Tiers, free units, accounts and services are set by the API. */
export function PricesForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data: plans } = useQuery(plansQuery);
  const initial = useMemo(
    (): Values => ({
      name: "",
      currency: "EUR",
      validFrom: `${today().slice(0, 7)}-01`,
      unit: "GB",
      measure: "average",
      storage: "",
      server: "",
      workstation: "",
      laptop: "",
      licences: "",
      minimum: "",
      discountPercent: "",
      taxPercent: "",
    }),
    [],
  );
  const form = useForm<Values>({ id: "invoices.prices", initial });
  const { values } = form;
  const save = async (): Promise<void> => {
    const minor = (name: PriceName): string | null => minorUnits(values[name], values.currency);
    const wrong = prices.filter((name) => values[name].trim() !== "" && minor(name) === null);
    const faults = {
      ...Object.fromEntries(wrong.map((name) => [name, t("invoices.prices.invalid")])),
      ...(values.name.trim() === "" && { name: t("parts.required") }),
      ...(values.taxPercent.trim() === "" && { taxPercent: t("parts.required") }),
    };
    if (form.fault(faults)) return;
    const priced = (name: PriceName): { unitPrice: string } | null => {
      const unitPrice = minor(name);
      return unitPrice === null ? null : { unitPrice };
    };
    const [storage, licences, minimum] = [priced("storage"), priced("licences"), minor("minimum")];
    const devices = Object.fromEntries(
      (["server", "workstation", "laptop"] as const).flatMap((kind) => {
        const price = priced(kind);
        return price === null ? [] : [[kind, price] as const];
      }),
    );
    const percent = (text: string): string => text.trim().replace(",", ".");
    const version: Version = {
      validFrom: values.validFrom,
      taxPercent: percent(values.taxPercent),
      ...(storage && {
        storage: {
          unit: values.unit === "GiB" ? "GiB" : "GB",
          measure: measures.find((one) => one === values.measure) ?? "average",
          price: storage,
        },
      }),
      ...(Object.keys(devices).length > 0 && { devices }),
      ...(licences && { licences }),
      ...(minimum !== null && { minimum }),
      ...(values.discountPercent.trim() !== "" && { discountPercent: percent(values.discountPercent) }),
    };
    const body: Body = {
      name: values.name.trim(),
      currency: values.currency.trim().toUpperCase(),
      versions: [version],
    };
    const saved = await form.submit(() => tenantry.createPricePlan({ body }));
    if (!saved) return;
    notify(t("details.saved", { name: saved.name }));
    await client.invalidateQueries({ queryKey: ["billing"] });
    onDone();
  };
  const price = (name: PriceName) => (
    <TextInput key={name} label={t(`invoices.prices.${name}`)} inputMode="decimal" {...form.text(name)} />
  );
  return (
    <FormFrame form={form} action={t("invoices.prices.create")} onSubmit={() => void save()} onCancel={onDone}>
      {plans !== undefined && plans.items.length > 0 && (
        <p>{t("invoices.prices.known", { names: plans.items.map(({ name }) => name).join(", ") })}</p>
      )}
      <Fields>
        <TextInput label={t("invoices.prices.name")} withAsterisk {...form.text("name")} />
        <TextInput label={t("services.currency")} maxLength={3} {...form.text("currency")} />
        <TextInput label={t("invoices.prices.validFrom")} type="date" {...form.text("validFrom")} />
        <Select
          label={t("invoices.prices.unit")}
          data={["GB", "GiB"]}
          allowDeselect={false}
          value={values.unit}
          onChange={(value) => form.set("unit", value ?? "GB")}
        />
        <Select
          label={t("invoices.prices.measure")}
          data={measures.map((value) => ({ value, label: t(`invoices.prices.measures.${value}`) }))}
          allowDeselect={false}
          value={values.measure}
          onChange={(value) => form.set("measure", value ?? "average")}
        />
        {prices.map(price)}
        <TextInput label={t("invoices.prices.discountPercent")} inputMode="decimal" {...form.text("discountPercent")} />
        <TextInput
          label={t("invoices.prices.taxPercent")}
          inputMode="decimal"
          withAsterisk
          {...form.text("taxPercent")}
        />
      </Fields>
    </FormFrame>
  );
}
