import type { Texts } from "../texts.ts";

export const contacts: Texts["contacts"] = {
  area: "Kontakte",
  list: "Kontakte von {{name}}",
  add: "Kontakt hinzufügen",
  edit: "Bearbeiten",
  editTitle: "Kontakt bearbeiten",
  columns: {
    name: "Name",
    email: "E-Mail-Adresse",
    phone: "Telefon",
    locale: "Sprache der E-Mails",
    mail: "Nimmt E-Mails an",
    accounts: "Konten",
    actions: "Aktionen",
  },
  inherited: "Wie beim Kunden",
  shared_one: "{{count}} Konto nutzt diesen Kontakt.",
  shared_other: "{{count}} Konten teilen diesen Kontakt; eine Änderung gilt für alle.",
  mail: { open: "Ja", bounced: "Nein: unzustellbar", complained: "Nein: Beschwerde" },
  release: "Freigeben",
  released: "An diese Adresse werden wieder E-Mails gesendet.",
  created: "Der Kontakt {{name}} ist angelegt.",
  deleteWhy: "Niemand nutzt diesen Kontakt. Name und Adressen werden entfernt.",
  inUse: "Konten nutzen diesen Kontakt. Geben Sie ihnen zuerst einen anderen.",
  emptyTitle: "Noch keine Kontakte",
  emptyHint: "Ein Kontakt ist die Person, die die E-Mails eines oder mehrerer Konten erhält.",
};
