import { NativeSelect, PasswordInput, Radio, Stack, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { withProof } from "../../app/step-up.tsx";
import { useNode } from "../../frame/node-context.ts";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { MomentField } from "../../parts/form/moment-field.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { refreshUsers, type Role, type User } from "./data.ts";
import { RoleSelect } from "./role-select.tsx";

const initial = {
  name: "",
  email: "",
  username: "",
  role: "viewer" as Role,
  way: "invite" as "invite" | "password",
  password: "",
  endsAt: null as string | null,
  locale: "",
};
const secrets = ["password"] as const;

/** Gives a person access: by an invitation, or with a first password. */
export function UserAdd({ onMade, onClose }: { onMade: (user: User) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const node = useNode();
  const form = useForm({ id: `user-add-${node.id}`, initial, secrets: secrets as unknown as "password"[] });
  const { values } = form;
  const submit = async (): Promise<void> => {
    const need = (value: string) => (value.trim() === "" ? t("parts.required") : undefined);
    const faults = {
      name: need(values.name),
      email: need(values.email),
      ...(values.way === "password" && { password: need(values.password) }),
    };
    if (form.fault(faults)) return;
    const made = await form.submit(() =>
      withProof(() =>
        tenantry.createUser({
          body: {
            customerId: node.id,
            name: values.name.trim(),
            email: values.email.trim(),
            role: values.role,
            ...(values.username.trim() !== "" && { username: values.username.trim() }),
            ...(values.way === "password" && { password: values.password }),
            ...(values.endsAt !== null && { endsAt: values.endsAt }),
            ...(values.locale !== "" && { locale: values.locale }),
          },
        }),
      ),
    );
    if (!made) return;
    await refreshUsers();
    notify(t(values.way === "invite" ? "users.invited" : "users.made", { name: made.name, email: made.email }));
    onMade(made);
  };
  return (
    <FormFrame
      form={form}
      action={t(values.way === "invite" ? "users.invite" : "users.create")}
      onSubmit={() => void submit()}
      onCancel={onClose}
    >
      <TextInput label={t("users.fields.name")} withAsterisk data-autofocus {...form.text("name")} />
      <TextInput label={t("users.fields.email")} type="email" withAsterisk {...form.text("email")} />
      <TextInput
        label={t("users.fields.username")}
        description={t("users.fields.usernameHint")}
        autoComplete="off"
        {...form.text("username")}
      />
      <RoleSelect level={node.level} {...form.field("role")} />
      <Radio.Group
        label={t("users.fields.way")}
        value={values.way}
        onChange={(value) => form.set("way", value === "password" ? "password" : "invite")}
      >
        <Stack gap={6} mt={4}>
          <Radio value="invite" label={t("users.ways.invite")} />
          <Radio value="password" label={t("users.ways.password")} />
        </Stack>
      </Radio.Group>
      {values.way === "password" && (
        <PasswordInput
          label={t("users.fields.password")}
          description={t("users.fields.passwordHint")}
          autoComplete="new-password"
          {...form.text("password")}
        />
      )}
      <MomentField
        label={t("users.fields.endsAt")}
        description={t("users.fields.endsAtHint")}
        {...form.field("endsAt")}
      />
      <NativeSelect
        label={t("users.fields.locale")}
        data={[
          { value: "", label: t("users.fields.localeNone") },
          { value: "en", label: "English" },
          { value: "de", label: "Deutsch" },
        ]}
        {...form.text("locale")}
      />
    </FormFrame>
  );
}
