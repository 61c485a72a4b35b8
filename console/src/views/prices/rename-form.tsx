import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { notify } from "../../parts/dialogs/notify.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { type PricePlan, refreshPrices, useSavePlan } from "./data.ts";

/** Another name of a price plan. */
export function RenameForm({ base, onDone }: { base: PricePlan; onDone: () => void }) {
  const { t } = useTranslation();
  const save = useSavePlan(base);
  const form = useForm({ id: `prices.${base.id}.name`, initial: { name: base.name } });
  const send = async (): Promise<void> => {
    const name = form.values.name.trim();
    if (form.fault(name === "" ? { name: t("parts.required") } : {})) return;
    if (name === base.name) return onDone();
    const saved = await form.submit(() => save({ name }));
    if (saved === undefined) return;
    await refreshPrices();
    if (saved !== null) notify(t("details.saved", { name: saved.name }));
    onDone();
  };
  return (
    <FormFrame form={form} action={t("parts.save")} onSubmit={() => void send()} onCancel={onDone}>
      <TextInput label={t("prices.fields.name")} withAsterisk data-autofocus {...form.text("name")} />
    </FormFrame>
  );
}
