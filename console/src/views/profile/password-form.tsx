import { PasswordInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { refreshProfile } from "./data.ts";

const initial = { password: "", newPassword: "" };
const secrets: ("password" | "newPassword")[] = ["password", "newPassword"];
const fewest = 12;

/** Changes the caller's own password. */
export function PasswordForm() {
  const { t } = useTranslation();
  const form = useForm({ id: "own-password", initial, secrets });
  const { password, newPassword } = form.values;
  const submit = async (): Promise<void> => {
    const faults = {
      password: password === "" ? t("parts.required") : undefined,
      newPassword: Array.from(newPassword).length < fewest ? t("profile.password.short") : undefined,
    };
    if (form.fault(faults)) return;
    const done = await form.submit(() => tenantry.changeOwnPassword({ body: { password, newPassword } }));
    if (!done) return;
    await refreshProfile();
    notify(t("profile.password.done"));
  };
  return (
    <FormFrame form={form} action={t("profile.password.action")} onSubmit={() => void submit()}>
      <PasswordInput label={t("profile.password.old")} autoComplete="current-password" {...form.text("password")} />
      <PasswordInput
        label={t("profile.password.new")}
        description={t("profile.password.newHint")}
        autoComplete="new-password"
        {...form.text("newPassword")}
      />
    </FormFrame>
  );
}
