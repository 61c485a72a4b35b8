import { NativeSelect, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { withProof } from "../../app/step-up.tsx";
import { useNode } from "../../frame/node-context.ts";
import { saveEdit } from "../../parts/form/conflict.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { MomentField } from "../../parts/form/moment-field.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { refreshUsers, type User } from "./data.ts";
import { RoleSelect } from "./role-select.tsx";

/** Changes a user. */
export function UserEdit({ user, own }: { user: User; own: boolean }) {
  const { t } = useTranslation();
  const node = useNode();
  const { name, email, role, endsAt, locale } = user;
  const form = useForm({ id: `user-${user.id}`, initial: { name, email, role, endsAt, locale: locale ?? "" } });
  const params = { id: user.id };
  const submit = async (): Promise<void> => {
    const changes = Object.fromEntries(
      form.changed.map((field) => [field, field === "locale" && form.values.locale === "" ? null : form.values[field]]),
    );
    const saved = await form.submit(() =>
      saveEdit({
        base: user,
        changes,
        labels: {
          name: t("users.fields.name"),
          email: t("users.fields.email"),
          role: t("users.fields.role"),
          endsAt: t("users.fields.endsAt"),
          locale: t("users.fields.locale"),
        },
        save: (body, ifMatch) => withProof(() => tenantry.updateUser({ params, body, ifMatch })),
        reload: () => tenantry.getUser({ params }),
      }),
    );
    if (!saved) return;
    await refreshUsers();
    notify(t("users.saved", { name: saved.name }));
  };
  return (
    <FormFrame form={form} action={t("parts.save")} onSubmit={() => void submit()} disabled={form.changed.length === 0}>
      <TextInput label={t("users.fields.name")} {...form.text("name")} />
      <TextInput label={t("users.fields.email")} type="email" {...form.text("email")} />
      <RoleSelect level={node.level} disabled={own} {...form.field("role")} />
      {!own && (
        <MomentField
          label={t("users.fields.endsAt")}
          description={t("users.fields.endsAtHint")}
          {...form.field("endsAt")}
        />
      )}
      <NativeSelect
        label={t("users.fields.locale")}
        data={[
          { value: "", label: t("users.fields.localeNone") },
          { value: "en", label: "English" },
          { value: "de", label: "Deutsch" },
          ...(locale === null || ["en", "de"].includes(locale) ? [] : [{ value: locale, label: locale }]),
        ]}
        {...form.text("locale")}
      />
    </FormFrame>
  );
}
