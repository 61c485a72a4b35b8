import type { Texts } from "../texts.ts";

export const trials: Texts["trials"] = {
  area: "Testphasen",
  kind: "Was in der Testphase ist",
  kinds: { customers: "Kunden", accounts: "Konten" },
  customers: "Kunden in der Testphase, {{name}} und darunter",
  accounts: "Konten in der Testphase, {{name}} und darunter",
  columns: { customer: "Kunde", left: "Verbleibend", ends: "Endet am", extended: "Verlängert" },
  daysLeft_one: "noch {{count}} Tag",
  daysLeft_other: "noch {{count}} Tage",
  ended: "Beendet",
  extend: "Verlängern",
  extendOf: "Testphase von {{name}} verlängern",
  once: "Eine Testphase lässt sich einmal verlängern.",
  convert: "Produktiv schalten",
  convertTitle: "{{name}} produktiv schalten?",
  convertWhy:
    "Die Testphase endet jetzt, und der Kunde wird ab diesem Moment abgerechnet. Er und sein Verkäufer erhalten eine E-Mail.",
  converted: "{{name}} ist produktiv.",
  paidPlan: "Bezahlter Tarif …",
  convertAccount: "{{name}} auf einen bezahlten Tarif umstellen",
  convertAccountWhy:
    "Ein bezahlter Tarif beendet die Testphase und macht das Konto wieder aktiv. Seine Unterkonten folgen.",
  convertedAccount: "{{name}} ist auf einem bezahlten Tarif.",
  noCustomers: "Kein Kunde in der Testphase",
  noCustomersHint:
    "Ein Kunde in der Testphase wird nicht abgerechnet, bis der produktive Betrieb von selbst beginnt. Sie wählen das beim Anlegen.",
  noAccounts: "Kein Konto in der Testphase",
  noAccountsHint:
    "Ein Konto mit Testtarif wird am Ende ausgesetzt und später gelöscht, sofern es keinen bezahlten Tarif erhält.",
};
