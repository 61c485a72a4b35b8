import { Checkbox, PasswordInput, Radio, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { type Account, refreshAccounts } from "../accounts/data.ts";

const initial = { how: "mail" as "mail" | "own", password: "", mustChangePassword: true };
const secrets = ["password"] as const;

/** Gives an account another password: a temporary one by mail, or one that is set here. */
export function ResetPassword({ account, onDone }: { account: Account; onDone: () => void }) {
  const { t } = useTranslation();
  const form = useForm({ id: `password-${account.id}`, initial, secrets });
  const { how, password, mustChangePassword } = form.values;
  const send = async (): Promise<void> => {
    if (form.fault(how === "own" && password === "" ? { password: t("parts.required") } : {})) return;
    const done = await form.submit(() =>
      tenantry.resetPassword({
        params: { id: account.id },
        body: how === "own" ? { password, mustChangePassword } : {},
      }),
    );
    if (!done) return;
    await refreshAccounts();
    notify(
      how === "own" ? t("accounts.password.set") : t("accounts.password.mailed", { to: account.contact.emailDisplay }),
    );
    onDone();
  };
  return (
    <FormFrame
      form={form}
      action={t(how === "own" ? "accounts.password.setIt" : "accounts.password.mailIt")}
      onSubmit={() => void send()}
      onCancel={onDone}
    >
      <Text size="sm">{t("accounts.password.why")}</Text>
      <Radio.Group
        label={t("accounts.password.which")}
        value={how}
        onChange={(value) => form.set("how", value === "own" ? "own" : "mail")}
      >
        <Stack gap={8} mt={6}>
          <Radio value="mail" label={t("accounts.password.temporary", { to: account.contact.emailDisplay })} />
          <Radio value="own" label={t("accounts.password.own")} />
        </Stack>
      </Radio.Group>
      {how === "own" && (
        <>
          <PasswordInput
            label={t("accounts.password.new")}
            description={t("accounts.password.rule")}
            autoComplete="new-password"
            {...form.text("password")}
          />
          <Checkbox
            label={t("accounts.password.mustChange")}
            checked={mustChangePassword}
            onChange={(event) => form.set("mustChangePassword", event.currentTarget.checked)}
          />
        </>
      )}
    </FormFrame>
  );
}
