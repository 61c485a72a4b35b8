import { Button, Group, NativeSelect, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Output } from "@tenantry/client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import { tenantry } from "../../app/api.ts";
import { withProof } from "../../app/step-up.tsx";
import { Secret } from "../../parts/show/copy.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { MomentField } from "../../parts/form/moment-field.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { plansQuery } from "../accounts/data.ts";

const initial = { name: "", plan: "", expiresAt: null as string | null, maxUses: null as number | null };

interface KeyFormProps {
  node: Node;
  onMade: () => void;
  onDone: () => void;
}

/** Makes an enrolment key, and shows it this once. */
export function KeyForm({ node, onMade, onDone }: KeyFormProps) {
  const { t } = useTranslation();
  const { data: plans } = useQuery(plansQuery);
  const form = useForm({ id: `enrolment-key-${node.id}`, initial });
  const [made, setMade] = useState<Output<"createEnrolmentKey"> | null>(null);
  const { name, plan, expiresAt, maxUses } = form.values;
  const send = async (): Promise<void> => {
    if (form.fault(name.trim() === "" ? { name: t("parts.required") } : {})) return;
    const key = await form.submit(() =>
      withProof(() =>
        tenantry.createEnrolmentKey({
          params: { id: node.id },
          body: { name: name.trim(), ...(plan !== "" && { plan }), expiresAt, maxUses },
        }),
      ),
    );
    if (!key) return;
    setMade(key);
    onMade();
  };
  if (made !== null)
    return (
      <Stack gap="md">
        <Text size="sm">{t("enrolment.made.once")}</Text>
        <Secret label={t("enrolment.made.title", { name: made.name })} text={made.token} />
        <Group justify="flex-end">
          <Button onClick={onDone} data-autofocus>
            {t("enrolment.made.done")}
          </Button>
        </Group>
      </Stack>
    );
  return (
    <FormFrame form={form} action={t("enrolment.add")} onSubmit={() => void send()} onCancel={onDone}>
      {node.level === "reseller" && <Text size="sm">{t("enrolment.form.reseller")}</Text>}
      <TextInput
        label={t("enrolment.columns.name")}
        description={t("enrolment.form.nameHint")}
        required
        {...form.text("name")}
        data-autofocus
      />
      <NativeSelect
        label={t("enrolment.form.plan")}
        description={t("enrolment.form.planHint")}
        {...form.text("plan")}
        data={[
          { value: "", label: t("enrolment.planOfParent") },
          ...(plans ?? [])
            .filter(({ retiredAt }) => retiredAt === null)
            .map((one) => ({ value: one.code, label: one.name })),
        ]}
      />
      <MomentField
        label={t("enrolment.form.expires")}
        description={t("enrolment.form.expiresHint")}
        {...form.field("expiresAt")}
      />
      <NumberInput
        label={t("enrolment.form.maxUses")}
        description={t("enrolment.form.maxUsesHint")}
        min={1}
        max={100_000}
        allowDecimal={false}
        value={maxUses ?? ""}
        error={form.field("maxUses").error}
        onChange={(value) => form.set("maxUses", typeof value === "number" ? value : null)}
      />
    </FormFrame>
  );
}
