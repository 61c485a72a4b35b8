import { Select, Switch, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import type { Input, Output } from "@tenantry/client";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import type { Node } from "../../app/areas.ts";
import { useMay } from "../../app/session.tsx";
import { notify } from "../../parts/dialogs/notify.tsx";
import { CountField } from "../../parts/form/count-field.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { Facts, Fields } from "../../parts/page.tsx";
import { useCountries } from "../../parts/show/countries.ts";
import { Moment } from "../../parts/show/moment.tsx";
import type { Config } from "./data.ts";

type Body = Input<"putInvoiceConfig">["body"];
interface Values extends Record<string, unknown> {
  enabled: boolean;
  pricePlanId: string | null;
  dayOfMonth: number | null;
  recipient: string;
  language: string | null;
  paymentTermsDays: number | null;
  sendMail: boolean;
  "buyer.name": string;
  "buyer.address": string;
  "buyer.postcode": string;
  "buyer.city": string;
  "buyer.country": string | null;
  "buyer.vatId": string;
}

/** The form starts with what is set, or with what is known of the customer. */
const initialOf = (config: Config | null, node: Node, plans: Output<"listPricePlans">["items"]): Values => ({
  enabled: config?.enabled ?? true,
  pricePlanId: config?.pricePlanId ?? (plans.length === 1 ? (plans[0]?.id ?? null) : null),
  dayOfMonth: config?.dayOfMonth ?? 1,
  recipient: config?.recipient ?? node.email,
  language: config?.language ?? "en",
  paymentTermsDays: config?.paymentTermsDays ?? 14,
  sendMail: config?.sendMail ?? true,
  "buyer.name": config?.buyer.name ?? node.name,
  "buyer.address": config?.buyer.address ?? node.address ?? "",
  "buyer.postcode": config?.buyer.postcode ?? node.postcode ?? "",
  "buyer.city": config?.buyer.city ?? node.city ?? "",
  "buyer.country": config?.buyer.country ?? node.country,
  "buyer.vatId": config?.buyer.vatId ?? "",
});

interface ConfigFormProps {
  config: Config | null;
  node: Node;
  plans: Output<"listPricePlans">["items"];
}

/** How a customer is invoiced, as a form. */
export function ConfigForm({ config, node, plans }: ConfigFormProps) {
  const { t } = useTranslation();
  const mayEdit = useMay()("billing:write");
  const client = useQueryClient();
  const countries = useCountries();
  const initial = useMemo(() => initialOf(config, node, plans), [config, node, plans]);
  const form = useForm<Values>({ id: `billing.${node.id}`, initial });
  const { values } = form;
  const save = async (): Promise<void> => {
    const required = [
      "pricePlanId",
      "recipient",
      "buyer.name",
      "buyer.address",
      "buyer.postcode",
      "buyer.city",
    ] as const;
    const faults = required.filter((name) => String(values[name] ?? "").trim() === "");
    if (form.fault(Object.fromEntries(faults.map((name) => [name, t("parts.required")])))) return;
    const body: Body = {
      enabled: values.enabled,
      pricePlanId: values.pricePlanId ?? "",
      dayOfMonth: values.dayOfMonth ?? 1,
      recipient: values.recipient.trim(),
      language: values.language === "de" ? "de" : "en",
      paymentTermsDays: values.paymentTermsDays ?? 0,
      sendMail: values.sendMail,
      buyer: {
        name: values["buyer.name"].trim(),
        address: values["buyer.address"].trim(),
        postcode: values["buyer.postcode"].trim(),
        city: values["buyer.city"].trim(),
        country: values["buyer.country"] ?? node.country,
        ...(values["buyer.vatId"].trim() !== "" && { vatId: values["buyer.vatId"].trim() }),
      },
    };
    const saved = await form.submit(() =>
      tenantry.putInvoiceConfig({ params: { id: node.id }, body, ...(config && { ifMatch: config.version }) }),
    );
    if (!saved) return;
    notify(t("billing.saved", { name: node.name }));
    await client.invalidateQueries({ queryKey: ["billing"] });
  };
  const field = (
    name: "buyer.name" | "buyer.address" | "buyer.postcode" | "buyer.city" | "buyer.vatId",
    label: string,
  ) => <TextInput label={label} withAsterisk={name !== "buyer.vatId"} {...form.text(name)} />;
  return (
    <FormFrame form={form} action={t("parts.save")} onSubmit={() => void save()} disabled={!mayEdit}>
      <Switch
        label={t("billing.fields.enabled")}
        checked={values.enabled}
        onChange={(event) => form.set("enabled", event.currentTarget.checked)}
      />
      <Fields>
        <Select
          label={t("billing.fields.plan")}
          data={plans.map(({ id, name }) => ({ value: id, label: name }))}
          withAsterisk
          allowDeselect={false}
          {...form.field("pricePlanId")}
        />
        <CountField
          label={t("billing.fields.day")}
          description={t("billing.fields.dayHint")}
          {...form.field("dayOfMonth")}
        />
        <TextInput label={t("billing.fields.recipient")} withAsterisk {...form.text("recipient")} />
        <Select
          label={t("billing.fields.language")}
          data={[
            { value: "en", label: "English" },
            { value: "de", label: "Deutsch" },
          ]}
          allowDeselect={false}
          {...form.field("language")}
        />
        <CountField label={t("billing.fields.terms")} {...form.field("paymentTermsDays")} />
      </Fields>
      <Switch
        label={t("billing.fields.sendMail")}
        checked={values.sendMail}
        onChange={(event) => form.set("sendMail", event.currentTarget.checked)}
      />
      <Fields>
        {field("buyer.name", t("billing.fields.name"))}
        {field("buyer.address", t("billing.fields.address"))}
        {field("buyer.postcode", t("billing.fields.postcode"))}
        {field("buyer.city", t("billing.fields.city"))}
        <Select
          label={t("billing.fields.country")}
          data={countries}
          searchable
          allowDeselect={false}
          {...form.field("buyer.country")}
        />
        {field("buyer.vatId", t("billing.fields.vatId"))}
      </Fields>
      {config && (
        <Facts
          items={[
            [
              t("billing.nextRun"),
              config.nextRunAt === null ? t("billing.never") : <Moment at={config.nextRunAt} show="date" />,
            ],
          ]}
        />
      )}
    </FormFrame>
  );
}
