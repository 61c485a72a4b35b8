import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import { tenantry } from "../../app/api.ts";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { MomentField } from "../../parts/form/moment-field.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { effectiveQuery } from "../add/data.ts";
import { refreshCustomer } from "./data.ts";

/** Moves the end of a trial, once, as far as the settings allow. */
export function ExtendTrial({ node, onDone }: { node: Node; onDone: () => void }) {
  const { t } = useTranslation();
  const { date } = useFormats();
  const client = useQueryClient();
  const { data } = useQuery(effectiveQuery(node.id));
  const ends = node.trial?.endsAt ?? new Date().toISOString();
  const days = data?.trial.extensionDays.value ?? 0;
  const last = new Date(Date.parse(ends) + days * 86_400_000).toISOString();
  const initial = useMemo(() => ({ endsAt: last }), [last]);
  const form = useForm<{ endsAt: string }>({ id: `extend.${node.id}`, initial });
  const { value, error } = form.field("endsAt");
  const save = async (): Promise<void> => {
    const saved = await form.submit(() =>
      tenantry.extendTrial({ params: { id: node.id }, body: { endsAt: form.values.endsAt } }),
    );
    if (!saved) return;
    refreshCustomer(client, saved);
    notify(t("details.extended", { name: node.name, date: date(saved.trial?.endsAt ?? form.values.endsAt) }));
    onDone();
  };
  return (
    <FormFrame form={form} action={t("details.extendTrial")} onSubmit={() => void save()} onCancel={onDone}>
      <p style={{ margin: 0 }}>{t("details.extendBody", { count: days, ends: date(ends), last: date(last) })}</p>
      <MomentField
        label={t("details.newEnd")}
        value={value}
        error={error}
        required
        onChange={(chosen) => form.set("endsAt", chosen ?? last)}
      />
    </FormFrame>
  );
}
