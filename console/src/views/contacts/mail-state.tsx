import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay, useMe } from "../../app/session.tsx";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Status } from "../../parts/show/status.tsx";
import { type Contact, refreshAccounts } from "../accounts/data.ts";

/** Whether an address takes mail; one that has bounced can be released. */
export function MailState({ contact }: { contact: Contact }) {
  const { t } = useTranslation();
  const may = useMay();
  const { scope } = useMe();
  const { suppression } = contact;
  if (suppression === null) return <Status tone="good" label={t("contacts.mail.open")} />;
  const release = async (): Promise<void> => {
    try {
      await tenantry.releaseContact({ params: { id: contact.id } });
      await refreshAccounts();
      notify(t("contacts.released"));
    } catch (error) {
      notifyProblem(error);
    }
  };
  // After a complaint only the provider may.
  const mayRelease = may("accounts:write") && (suppression.reason === "bounced" || scope.level === "provider");
  return (
    <Group gap="xs">
      <Status tone="bad" label={t(`contacts.mail.${suppression.reason}`)} />
      {mayRelease && (
        <Button size="compact-xs" variant="default" onClick={() => void release()}>
          {t("contacts.release")}
        </Button>
      )}
    </Group>
  );
}
