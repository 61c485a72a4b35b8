import { Switch, TagsInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { withProof } from "../../app/step-up.tsx";
import { useNode } from "../../frame/node-context.ts";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { MomentField } from "../../parts/form/moment-field.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import type { Role } from "../users/data.ts";
import { RoleSelect } from "../users/role-select.tsx";
import { type NewKey, refreshKeys } from "./data.ts";

const initial = {
  name: "",
  role: "viewer" as Role,
  readOnly: false,
  expiresAt: null as string | null,
  ipRanges: [] as string[],
};

/** Makes a key for a program. */
export function KeyAdd({ onMade, onClose }: { onMade: (key: NewKey) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const node = useNode();
  const form = useForm({ id: `key-add-${node.id}`, initial });
  const { name, role, readOnly, expiresAt, ipRanges } = form.values;
  const submit = async (): Promise<void> => {
    if (form.fault({ name: name.trim() === "" ? t("parts.required") : undefined })) return;
    const body = {
      customerId: node.id,
      name: name.trim(),
      role,
      readOnly,
      ...(expiresAt !== null && { expiresAt }),
      ...(ipRanges.length > 0 && { ipRanges }),
    };
    const made = await form.submit(() => withProof(() => tenantry.createApiKey({ body })));
    if (!made) return;
    await refreshKeys();
    onMade(made);
  };
  return (
    <FormFrame form={form} action={t("keys.create")} onSubmit={() => void submit()} onCancel={onClose}>
      <TextInput
        label={t("keys.fields.name")}
        description={t("keys.fields.nameHint")}
        withAsterisk
        data-autofocus
        {...form.text("name")}
      />
      <RoleSelect level={node.level} {...form.field("role")} />
      <Switch
        label={t("keys.fields.readOnly")}
        checked={readOnly}
        onChange={(event) => form.set("readOnly", event.currentTarget.checked)}
      />
      <MomentField
        label={t("keys.fields.expiresAt")}
        description={t("keys.fields.expiresAtHint")}
        {...form.field("expiresAt")}
      />
      <TagsInput
        label={t("keys.fields.ipRanges")}
        description={t("keys.fields.ipRangesHint")}
        placeholder={ipRanges.length === 0 ? "192.0.2.0/24" : ""}
        splitChars={[",", " ", ";"]}
        {...form.field("ipRanges")}
      />
    </FormFrame>
  );
}
