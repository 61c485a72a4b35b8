import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { configsQuery, lastMonths } from "../billing/data.ts";

/** Orders the invoices of a month that is over: of everybody who is invoiced, or of one customer. */
export function RunForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const { period } = useFormats();
  const months = useMemo(() => lastMonths(13).slice(1), []);
  const initial = useMemo(() => ({ month: months[0] ?? "", payerId: null as string | null }), [months]);
  const form = useForm({ id: "invoices.run", initial });
  const { data: configs } = useQuery(configsQuery);
  const { month, payerId } = form.values;
  const run = async (): Promise<void> => {
    const body = { month, ...(payerId !== null && { payerId }) };
    const ordered = await form.submit(() => tenantry.runInvoices({ body }));
    if (!ordered) return;
    notify(t("invoices.runDone", { month: period(month) }));
    onDone();
  };
  return (
    <FormFrame form={form} action={t("invoices.run")} onSubmit={() => void run()} onCancel={onDone}>
      <p>{t("invoices.runHint")}</p>
      <Select
        label={t("billing.month")}
        allowDeselect={false}
        data={months.map((value) => ({ value, label: period(value) }))}
        value={month}
        onChange={(value) => form.set("month", value ?? month)}
      />
      <Select
        label={t("invoices.columns.payer")}
        placeholder={t("invoices.everybody")}
        searchable
        clearable
        data={(configs ?? []).map(({ customerId, buyer }) => ({ value: customerId, label: buyer.name }))}
        {...form.field("payerId")}
      />
    </FormFrame>
  );
}
