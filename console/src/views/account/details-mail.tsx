import { Button, Group, Skeleton, Stack } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { Facts } from "../../parts/show/facts.tsx";
import { Problem } from "../../parts/states.tsx";
import { type Account, refreshAccounts } from "../accounts/data.ts";
import styles from "./account.module.css";

/** The account details mail as it would be sent now, and a button that sends it. */
export function DetailsMail({ account, onDone }: { account: Account; onDone: () => void }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ["accounts", "details-mail", account.id],
    queryFn: ({ signal }) => tenantry.previewDetailsOfAccount({ params: { id: account.id }, signal }),
    staleTime: 0,
  });
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  const send = async (): Promise<void> => {
    setBusy(true);
    setRefusal(null);
    try {
      const { to } = await tenantry.sendDetailsOfAccount({ params: { id: account.id } });
      await refreshAccounts();
      notify(t("accounts.mail.sent", { to: to.addressDisplay }));
      onDone();
    } catch (problem) {
      setRefusal(problem);
    } finally {
      setBusy(false);
    }
  };
  if (error !== null && !data) return <Problem error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={260} />;
  return (
    <Stack gap="md">
      <Facts
        facts={[
          [t("accounts.mail.to"), `${data.to.name} <${data.to.addressDisplay}>`],
          [t("accounts.mail.subject"), data.subject],
        ]}
      />
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={styles.mail} lang={data.language} tabIndex={0} aria-label={t("accounts.mail.text")}>
        {data.text}
      </pre>
      {refusal !== null && <Problem error={refusal} />}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onDone}>
          {t("accounts.mail.notNow")}
        </Button>
        <Button leftSection={<IconSend size={16} aria-hidden />} loading={busy} onClick={() => void send()}>
          {t("accounts.mail.send")}
        </Button>
      </Group>
    </Stack>
  );
}
