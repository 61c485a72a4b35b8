import { NativeSelect, TextInput } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { saveEdit } from "../../parts/form/conflict.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { type Contact, refreshAccounts } from "../accounts/data.ts";

/** Languages in which there are mails. */
export const mailLanguages = ["en", "de"] as const;

interface ContactFormProps {
  customerId: string;
  contact: Contact | null;
  onDone: () => void;
}

/** Creates a contact of a customer, or changes one. */
export function ContactForm({ customerId, contact, onDone }: ContactFormProps) {
  const { t, i18n } = useTranslation();
  const initial = useMemo(
    () => ({
      name: contact?.name ?? "",
      email: contact?.email ?? "",
      phone: contact?.phone ?? "",
      locale: contact?.locale ?? "",
    }),
    [contact],
  );
  const form = useForm({ id: `contact-${contact?.id ?? `of-${customerId}`}`, initial });
  const { name, email, phone, locale } = form.values;
  const send = async (): Promise<void> => {
    const faulty = form.fault({
      ...(name.trim() === "" && { name: t("parts.required") }),
      ...(email.trim() === "" && { email: t("parts.required") }),
    });
    if (faulty) return;
    const all = { name: name.trim(), email: email.trim(), phone: phone.trim() || null, locale: locale || null };
    const done = await form.submit(() => {
      if (contact === null) return tenantry.createContact({ body: { customerId, ...all } });
      const changes = Object.fromEntries(form.changed.map((field) => [field, all[field]]));
      if (Object.keys(changes).length === 0) return Promise.resolve(contact);
      return saveEdit({
        base: contact,
        changes,
        labels: {
          name: t("contacts.columns.name"),
          email: t("contacts.columns.email"),
          phone: t("contacts.columns.phone"),
          locale: t("contacts.columns.locale"),
        },
        save: (body, version) => tenantry.updateContact({ params: { id: contact.id }, body, ifMatch: version }),
        reload: () => tenantry.getContact({ params: { id: contact.id } }),
      });
    });
    if (done === undefined) return;
    await refreshAccounts();
    if (done !== null) notify(t(contact === null ? "contacts.created" : "devices.done.saved", { name: all.name }));
    onDone();
  };
  const names = new Intl.DisplayNames(i18n.language, { type: "language" });
  return (
    <FormFrame
      form={form}
      action={t(contact === null ? "contacts.add" : "parts.save")}
      onSubmit={() => void send()}
      onCancel={onDone}
    >
      <TextInput label={t("contacts.columns.name")} required {...form.text("name")} data-autofocus />
      <TextInput type="email" label={t("contacts.columns.email")} required {...form.text("email")} />
      <TextInput type="tel" label={t("contacts.columns.phone")} {...form.text("phone")} />
      <NativeSelect
        label={t("contacts.columns.locale")}
        {...form.text("locale")}
        data={[
          { value: "", label: t("contacts.inherited") },
          ...new Set([...mailLanguages, ...(contact?.locale ? [contact.locale] : [])]),
        ].map((one) => (typeof one === "string" ? { value: one, label: names.of(one) ?? one } : one))}
      />
    </FormFrame>
  );
}
