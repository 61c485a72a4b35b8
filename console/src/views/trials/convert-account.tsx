import { Radio, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { type Account, plansQuery, refreshAccounts } from "../accounts/data.ts";

/** Puts an account in trial on a paid plan, which ends its trial. */
export function ConvertAccount({ account, onDone }: { account: Account; onDone: () => void }) {
  const { t } = useTranslation();
  const { data: plans } = useQuery(plansQuery);
  const form = useForm({ id: `convert-${account.id}`, initial: { plan: "" } });
  const { plan } = form.values;
  const send = async (): Promise<void> => {
    if (form.fault(plan === "" ? { plan: t("problems.byCode.plan_required") } : {})) return;
    const done = await form.submit(() => tenantry.updateAccount({ params: { id: account.id }, body: { plan } }));
    if (!done) return;
    await refreshAccounts();
    notify(t("trials.convertedAccount", { name: account.username }));
    onDone();
  };
  return (
    <FormFrame form={form} action={t("trials.convert")} onSubmit={() => void send()} onCancel={onDone}>
      <Text size="sm">{t("trials.convertAccountWhy")}</Text>
      <Radio.Group
        label={t("accounts.columns.plan")}
        value={plan}
        error={form.field("plan").error}
        onChange={(chosen) => form.set("plan", chosen)}
      >
        <Stack gap={8} mt={6} mb={4}>
          {(plans ?? [])
            .filter(({ retiredAt, trial }) => retiredAt === null && !trial)
            .map(({ code, name }) => (
              <Radio key={code} value={code} label={name} />
            ))}
        </Stack>
      </Radio.Group>
    </FormFrame>
  );
}
