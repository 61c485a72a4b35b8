import { Checkbox, NumberInput, PasswordInput, Radio, Stack, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { BytesField } from "../../../parts/form/bytes-field.tsx";
import type { Form } from "../../../parts/form/use-form.ts";
import { useFormats } from "../../../parts/show/formats.ts";
import { Fields, Section } from "../../../parts/page.tsx";
import type { Plan } from "../data.ts";
import type { NewAccount } from "./data.ts";

interface Part {
  form: Form<NewAccount>;
}

/** User name, and a temporary password by mail or one that is set here. */
export function Login({ form }: Part) {
  const { t } = useTranslation();
  const { values } = form;
  return (
    <Section title={t("accounts.new.login")}>
      <Fields>
        <TextInput
          label={t("accounts.columns.username")}
          description={t("accounts.new.usernameHint")}
          withAsterisk
          autoComplete="off"
          {...form.text("username")}
        />
      </Fields>
      <Radio.Group
        label={t("accounts.password.which")}
        value={values.passwordWay}
        onChange={(chosen) => form.set("passwordWay", chosen === "own" ? "own" : "mail")}
      >
        <Stack gap={10} mt={8}>
          <Radio value="mail" label={t("accounts.new.temporary")} description={t("accounts.new.temporaryHint")} />
          <Radio value="own" label={t("accounts.password.own")} />
        </Stack>
      </Radio.Group>
      {values.passwordWay === "own" && (
        <Fields>
          <PasswordInput
            label={t("accounts.password.new")}
            description={t("accounts.password.rule")}
            withAsterisk
            autoComplete="new-password"
            {...form.text("password")}
          />
          <Checkbox
            mt={30}
            label={t("accounts.password.mustChange")}
            checked={values.mustChangePassword}
            onChange={(event) => form.set("mustChangePassword", event.currentTarget.checked)}
          />
        </Fields>
      )}
    </Section>
  );
}

/** Trial days, where the plan is a trial, and both quotas. All may be left empty. */
export function Quotas({ form, plan }: Part & { plan: Plan | undefined }) {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const { values } = form;
  const byPlan =
    plan === undefined || plan.hardQuotaBytes === null
      ? t("terms.unlimited")
      : t("accounts.new.byPlan", { size: bytes(plan.hardQuotaBytes) });
  return (
    <Section title={t("accounts.new.limits")} description={t("accounts.new.limitsHint")}>
      <Fields>
        {plan?.trial === true && values.way !== "sub-account" && (
          <NumberInput
            label={t("accounts.new.trialDays")}
            description={t("accounts.new.trialDaysHint")}
            min={1}
            max={365}
            allowDecimal={false}
            value={values.trialDays ?? ""}
            error={form.field("trialDays").error}
            onChange={(value) => form.set("trialDays", value === "" ? null : Number(value))}
          />
        )}
        <BytesField
          label={t("accounts.hardQuota")}
          description={t("accounts.hardQuotaHint")}
          none={byPlan}
          {...form.field("hardQuotaBytes")}
        />
        <BytesField
          label={t("accounts.userQuota")}
          description={t("accounts.userQuotaHint")}
          none={t("terms.none")}
          {...form.field("userQuotaBytes")}
        />
      </Fields>
    </Section>
  );
}
