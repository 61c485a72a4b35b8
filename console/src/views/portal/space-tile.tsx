import { Button, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { queryClient, tenantry } from "../../app/api.ts";
import { Track } from "../../parts/show/bar.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { BytesField } from "../../parts/form/bytes-field.tsx";
import { saveEdit } from "../../parts/form/conflict.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import type { Account } from "./data.ts";
import styles from "./portal.module.css";

/** What the account stores, against the limit that holds for it; its user may set a lower one. */
export function SpaceTile({ account }: { account: Account }) {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const [open, setOpen] = useState(false);
  const { usedBytes, effectiveQuota, userQuotaBytes } = account;
  const limit = effectiveQuota.bytes;
  return (
    <section className={styles.tile} aria-label={t("portal.space")}>
      <h2>{t("portal.space")}</h2>
      <div className={`${styles.figure} numbers`}>
        {bytes(usedBytes)}{" "}
        {limit !== null && (
          <small>
            {t("terms.of")} {bytes(limit)}
          </small>
        )}
      </div>
      {limit !== null && <Track used={usedBytes} limit={limit} />}
      <div className={styles.note}>
        {userQuotaBytes !== null ? (
          <span>{t("portal.ownLimit", { amount: bytes(userQuotaBytes) })}</span>
        ) : (
          <span>{limit === null && t("portal.noLimit")}</span>
        )}
        <Button size="compact-sm" variant="subtle" onClick={() => setOpen(true)}>
          {t("portal.changeLimit")}
        </Button>
      </div>
      <Dialog opened={open} onClose={() => setOpen(false)} title={t("portal.limitTitle")} size="sm">
        <LimitForm account={account} onDone={() => setOpen(false)} />
      </Dialog>
    </section>
  );
}

function LimitForm({ account, onDone }: { account: Account; onDone: () => void }) {
  const { t } = useTranslation();
  const { id, userQuotaBytes } = account;
  const form = useForm({ id: `portal-limit-${id}`, initial: { userQuotaBytes: userQuotaBytes as number | null } });
  const save = async (): Promise<void> => {
    const saved = await form.submit(() =>
      saveEdit<Account>({
        base: account,
        changes: { userQuotaBytes: form.values.userQuotaBytes },
        labels: { userQuotaBytes: t("portal.limitTitle") },
        save: (body, version) => tenantry.updateAccount({ params: { id }, body, ifMatch: version }),
        reload: () => tenantry.getAccount({ params: { id } }),
      }),
    );
    if (!saved) return;
    await queryClient.invalidateQueries({ queryKey: ["portal"] });
    notify(t("portal.limitSaved"));
    onDone();
  };
  return (
    <FormFrame form={form} action={t("parts.save")} onSubmit={() => void save()} onCancel={onDone}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t("portal.limitHint")}
        </Text>
        <BytesField label={t("portal.limitTitle")} none={t("portal.noLimit")} {...form.field("userQuotaBytes")} />
      </Stack>
    </FormFrame>
  );
}
