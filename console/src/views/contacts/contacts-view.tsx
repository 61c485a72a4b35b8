import { ActionIcon, Button, Group } from "@mantine/core";
import { IconAddressBook, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { Empty } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/column.ts";
import { DataTable } from "../../parts/table/data-table.tsx";
import { useList } from "../../parts/table/use-list.ts";
import { type Contact, refreshAccounts } from "../accounts/data.ts";
import { ContactForm } from "./contact-form.tsx";
import { MailState } from "./mail-state.tsx";

const route = getRouteApi("/n/$nodeId/contacts");

/** The people who get the mails of a customer's accounts. */
export function ContactsView() {
  const { t } = useTranslation();
  const node = useNode();
  const may = useMay();
  const { sort } = route.useSearch();
  const navigate = route.useNavigate();
  const [edited, setEdited] = useState<Contact | "new" | null>(null);
  const mayWrite = may("accounts:write");
  const columns = useContactColumns(mayWrite, setEdited);
  const list = useList<Contact>(["contacts", "list", node.id], (cursor, signal) =>
    tenantry.listContacts({
      query: { customerId: node.id, limit: 100, ...(cursor !== undefined && { cursor }) },
      signal,
    }),
  );
  const add = mayWrite && (
    <Button size="xs" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEdited("new")}>
      {t("contacts.add")}
    </Button>
  );
  return (
    <>
      <DataTable
        id="contacts"
        label={t("contacts.list", { name: node.name })}
        columns={columns}
        list={list}
        rowId={({ id }) => id}
        sort={sort}
        onSort={(next) => void navigate({ search: { sort: next }, replace: true })}
        filters={add}
        empty={
          <Empty icon={IconAddressBook} title={t("contacts.emptyTitle")} hint={t("contacts.emptyHint")}>
            {add}
          </Empty>
        }
      />
      <Dialog
        opened={edited !== null}
        onClose={() => setEdited(null)}
        title={t(edited === "new" ? "contacts.add" : "contacts.editTitle")}
      >
        {edited !== null && (
          <ContactForm customerId={node.id} contact={edited === "new" ? null : edited} onDone={() => setEdited(null)} />
        )}
      </Dialog>
    </>
  );
}

function useContactColumns(mayWrite: boolean, onEdit: (contact: Contact) => void): Column<Contact>[] {
  const { t, i18n } = useTranslation();
  const { number } = useFormats();
  return useMemo((): Column<Contact>[] => {
    const names = new Intl.DisplayNames(i18n.language, { type: "language" });
    const remove = (contact: Contact): void =>
      ask({
        title: t("devices.deleteTitle", { name: contact.name }),
        body: t("contacts.deleteWhy"),
        action: t("devices.actions.delete"),
        dangerous: true,
        run: async () => {
          await tenantry.deleteContact({ params: { id: contact.id } });
          await refreshAccounts();
          const { customerId, name, email, phone, locale } = contact;
          notify(t("devices.done.deleted", { name }), async () => {
            await tenantry.createContact({ body: { customerId, name, email, phone, locale } });
            await refreshAccounts();
          });
        },
      });
    const all: Column<Contact>[] = [
      {
        id: "name",
        header: t("contacts.columns.name"),
        width: 200,
        grow: true,
        sort: "loaded",
        value: ({ name }) => name,
        cell: ({ name }) => <b>{name}</b>,
      },
      {
        id: "email",
        header: t("contacts.columns.email"),
        width: 240,
        grow: true,
        brief: true,
        sort: "loaded",
        value: ({ emailDisplay }) => emailDisplay,
        cell: ({ emailDisplay }) => emailDisplay,
      },
      {
        id: "phone",
        header: t("contacts.columns.phone"),
        width: 150,
        value: ({ phone }) => phone,
        cell: ({ phone }) => phone ?? "–",
      },
      {
        id: "locale",
        header: t("contacts.columns.locale"),
        width: 150,
        sort: "loaded",
        value: ({ locale }) => locale,
        cell: ({ locale }) => (locale === null ? t("contacts.inherited") : (names.of(locale) ?? locale)),
      },
      {
        id: "mail",
        header: t("contacts.columns.mail"),
        width: 210,
        sort: "loaded",
        value: ({ suppression }) => suppression?.reason ?? "open",
        cell: (contact) => <MailState contact={contact} />,
      },
      {
        id: "accounts",
        header: t("contacts.columns.accounts"),
        width: 90,
        align: "right",
        sort: "loaded",
        value: ({ accountCount }) => accountCount,
        cell: ({ accountCount }) => number(accountCount),
      },
    ];
    if (!mayWrite) return all;
    return [
      ...all,
      {
        id: "actions",
        header: t("contacts.columns.actions"),
        width: 100,
        fixed: true,
        brief: true,
        value: () => null,
        cell: (contact) => (
          <Group gap={4} wrap="nowrap">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`${t("contacts.edit")}: ${contact.name}`}
              onClick={() => onEdit(contact)}
            >
              <IconPencil size={16} aria-hidden />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="red"
              disabled={contact.accountCount > 0}
              title={contact.accountCount > 0 ? t("contacts.inUse") : undefined}
              aria-label={`${t("devices.actions.delete")}: ${contact.name}`}
              onClick={() => remove(contact)}
            >
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ),
      },
    ];
  }, [t, i18n.language, number, mayWrite, onEdit]);
}
