import { SegmentedControl, Select, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Input, Output } from "@tenantry/client";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { Fields } from "../../parts/page.tsx";
import { useCountries } from "../../parts/show/countries.ts";
import { Problem } from "../../parts/states.tsx";
import { issuerQuery } from "../billing/data.ts";

type Issuer = Output<"getInvoiceIssuer">;
type Body = Input<"putInvoiceIssuer">["body"];
const names = [
  "seller.name",
  "seller.address",
  "seller.postcode",
  "seller.city",
  "seller.vatId",
  "seller.email",
  "seller.bank.name",
  "seller.bank.iban",
  "seller.bank.bic",
  "numbers.prefix",
] as const;
type Name = (typeof names)[number];
const required: ReadonlySet<Name> = new Set([
  "seller.name",
  "seller.address",
  "seller.postcode",
  "seller.city",
  "numbers.prefix",
]);
type Values = Record<Name, string> & { "seller.country": string | null; issue: string };

const initialOf = (issuer: Issuer | null): Values => ({
  "seller.name": issuer?.seller.name ?? "",
  "seller.address": issuer?.seller.address ?? "",
  "seller.postcode": issuer?.seller.postcode ?? "",
  "seller.city": issuer?.seller.city ?? "",
  "seller.country": issuer?.seller.country ?? null,
  "seller.vatId": issuer?.seller.vatId ?? "",
  "seller.email": issuer?.seller.email ?? "",
  "seller.bank.name": issuer?.seller.bank?.name ?? "",
  "seller.bank.iban": issuer?.seller.bank?.iban ?? "",
  "seller.bank.bic": issuer?.seller.bank?.bic ?? "",
  "numbers.prefix": issuer?.numbers.prefix ?? "",
  issue: issuer?.issue ?? "automatic",
});

/** What the seller's invoices say of it, and how it numbers them. */
export function IssuerForm({ onDone }: { onDone: () => void }) {
  const { data: issuer, error } = useQuery(issuerQuery);
  if (error !== null) return <Problem error={error} />;
  if (issuer === undefined) return null;
  return <Fill issuer={issuer} onDone={onDone} />;
}

function Fill({ issuer, onDone }: { issuer: Issuer | null; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const countries = useCountries();
  const initial = useMemo(() => initialOf(issuer), [issuer]);
  const form = useForm<Values>({ id: "invoices.issuer", initial });
  const { values } = form;
  const save = async (): Promise<void> => {
    const empty = [...required].filter((name) => values[name].trim() === "");
    const faults = Object.fromEntries([
      ...empty.map((name) => [name, t("parts.required")] as const),
      ...(values["seller.country"] === null ? [["seller.country", t("parts.required")] as const] : []),
    ]);
    if (form.fault(faults)) return;
    const given = (name: Name): string | null => (values[name].trim() === "" ? null : values[name].trim());
    const iban = given("seller.bank.iban");
    const body: Body = {
      seller: {
        name: values["seller.name"].trim(),
        address: values["seller.address"].trim(),
        postcode: values["seller.postcode"].trim(),
        city: values["seller.city"].trim(),
        country: values["seller.country"] ?? "",
        vatId: given("seller.vatId"),
        email: given("seller.email"),
        bank: iban === null ? null : { iban, name: given("seller.bank.name"), bic: given("seller.bank.bic") },
      },
      numbers: { prefix: values["numbers.prefix"].trim() },
      issue: values.issue === "manual" ? "manual" : "automatic",
    };
    const saved = await form.submit(() =>
      tenantry.putInvoiceIssuer({ body, ...(issuer && { ifMatch: issuer.version }) }),
    );
    if (!saved) return;
    notify(t("invoices.done"));
    await client.invalidateQueries({ queryKey: ["billing"] });
    onDone();
  };
  return (
    <FormFrame form={form} action={t("parts.save")} onSubmit={() => void save()} onCancel={onDone}>
      <Fields>
        {names.map((name) => (
          <TextInput
            key={name}
            label={t(`invoices.issuer.${name.replaceAll(".", "-") as "seller-name"}`)}
            withAsterisk={required.has(name)}
            {...form.text(name)}
          />
        ))}
        <Select
          label={t("billing.fields.country")}
          data={countries}
          searchable
          withAsterisk
          {...form.field("seller.country")}
        />
      </Fields>
      <SegmentedControl
        aria-label={t("invoices.issuer.issue")}
        value={values.issue}
        onChange={(value) => form.set("issue", value)}
        data={[
          { value: "automatic", label: t("invoices.issuer.automatic") },
          { value: "manual", label: t("invoices.issuer.manual") },
        ]}
      />
    </FormFrame>
  );
}
