import { Button } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { Facts } from "../../parts/show/facts.tsx";
import { Section } from "../../parts/section.tsx";
import type { Account } from "../accounts/data.ts";
import { ContactForm } from "../contacts/contact-form.tsx";
import { MailState } from "../contacts/mail-state.tsx";

/** Who gets the mails of an account. The record is shared by all accounts that use it. */
export function ContactSection({ account: { contact, locale } }: { account: Account }) {
  const { t } = useTranslation();
  const may = useMay();
  const [editing, setEditing] = useState(false);
  return (
    <Section
      title={t("accounts.columns.contact")}
      hint={contact.accountCount > 1 ? t("contacts.shared", { count: contact.accountCount }) : undefined}
      actions={
        may("accounts:write") && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPencil size={15} aria-hidden />}
            onClick={() => setEditing(true)}
          >
            {t("contacts.edit")}
          </Button>
        )
      }
    >
      <Facts
        facts={[
          [t("contacts.columns.name"), contact.name],
          [t("contacts.columns.email"), contact.emailDisplay],
          [t("contacts.columns.mail"), <MailState key="mail" contact={contact} />],
          [t("contacts.columns.phone"), contact.phone ?? "–"],
          [t("contacts.columns.locale"), new Intl.DisplayNames([locale], { type: "language" }).of(locale) ?? locale],
        ]}
      />
      <Dialog opened={editing} onClose={() => setEditing(false)} title={t("contacts.editTitle")}>
        {editing && <ContactForm customerId={contact.customerId} contact={contact} onDone={() => setEditing(false)} />}
      </Dialog>
    </Section>
  );
}
