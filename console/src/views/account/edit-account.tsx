import { NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { BytesField } from "../../parts/form/bytes-field.tsx";
import { saveEdit } from "../../parts/form/conflict.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { type Account, contactsOf, plansQuery, refreshAccounts } from "../accounts/data.ts";

/** User name, plan, quotas, contact and reference of an account. */
export function EditAccount({ account, onDone }: { account: Account; onDone: () => void }) {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const { data: plans } = useQuery(plansQuery);
  const { data: contacts } = useQuery(contactsOf(account.customerId));
  const isParent = account.parentAccountId === null;
  const initial = useMemo(
    () => ({
      username: account.username,
      plan: account.plan,
      hardQuotaBytes: account.hardQuotaBytes,
      userQuotaBytes: account.userQuotaBytes,
      contactId: account.contactId,
      externalRef: account.externalRef ?? "",
    }),
    [account],
  );
  const form = useForm({ id: `account-${account.id}`, initial });
  const send = async (): Promise<void> => {
    if (form.fault(form.values.username.trim() === "" ? { username: t("parts.required") } : {})) return;
    const changes: Record<string, unknown> = {};
    for (const name of form.changed) changes[name] = form.values[name];
    if ("externalRef" in changes) changes["externalRef"] = form.values.externalRef.trim() || null;
    if (Object.keys(changes).length === 0) return onDone();
    const done = await form.submit(() =>
      saveEdit({
        base: account,
        changes,
        labels: {
          username: t("accounts.columns.username"),
          plan: t("accounts.columns.plan"),
          hardQuotaBytes: t("accounts.hardQuota"),
          userQuotaBytes: t("accounts.userQuota"),
          contactId: t("accounts.columns.contact"),
          externalRef: t("accounts.columns.reference"),
        },
        show: (_, value) => (typeof value === "number" ? bytes(value) : String(value)),
        save: (body, version) => tenantry.updateAccount({ params: { id: account.id }, body, ifMatch: version }),
        reload: () => tenantry.getAccount({ params: { id: account.id } }),
      }),
    );
    if (done === undefined) return;
    await refreshAccounts();
    if (done !== null) notify(t("devices.done.saved"));
    onDone();
  };
  return (
    <FormFrame form={form} action={t("parts.save")} onSubmit={() => void send()} onCancel={onDone}>
      <TextInput label={t("accounts.columns.username")} required {...form.text("username")} />
      {isParent && (
        <NativeSelect
          label={t("accounts.columns.plan")}
          description={t("accounts.planHint")}
          {...form.text("plan")}
          data={(plans ?? [])
            .filter(({ retiredAt, code }) => retiredAt === null || code === account.plan)
            .map(({ code, name }) => ({ value: code, label: name }))}
        />
      )}
      <BytesField
        label={t("accounts.hardQuota")}
        description={t("accounts.hardQuotaHint")}
        none={t("accounts.byPlan")}
        {...form.field("hardQuotaBytes")}
      />
      <BytesField
        label={t("accounts.userQuota")}
        description={t("accounts.userQuotaHint")}
        none={t("terms.none")}
        {...form.field("userQuotaBytes")}
      />
      <NativeSelect
        label={t("accounts.columns.contact")}
        {...form.text("contactId")}
        data={(contacts ?? [account.contact]).map(({ id, name, emailDisplay }) => ({
          value: id,
          label: `${name} (${emailDisplay})`,
        }))}
      />
      <TextInput label={t("accounts.columns.reference")} {...form.text("externalRef")} />
    </FormFrame>
  );
}
