import type { Texts } from "../texts.ts";

export const services: Texts["services"] = {
  area: "Leistungen",
  list: "Nur berechnete Leistungen von {{name}}",
  columns: {
    name: "Name",
    quantity: "Anzahl",
    price: "Einzelpreis",
    sum: "Im Monat",
    since: "Seit",
    until: "Beendet",
  },
  showEnded: "Beendete",
  add: "Leistung anlegen",
  change: "Ändern",
  end: "Beenden",
  endTitle: "{{name}} beenden?",
  endBody: "Sie bleibt verzeichnet: Der Monat, in dem sie endet, wird noch berechnet.",
  ended: "{{name}} ist beendet.",
  currency: "Währung",
  aMonth: "Im Monat.",
  amountInvalid: "Geben Sie einen Betrag ein, etwa 12,50.",
  emptyTitle: "Keine Leistungen",
  emptyHint: "Leistungen sind, was dem Kunden neben Sicherungen berechnet wird, etwa eine verwaltete Firewall.",
};
