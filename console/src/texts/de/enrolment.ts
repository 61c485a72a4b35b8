import type { Texts } from "../texts.ts";

export const enrolment: Texts["enrolment"] = {
  area: "Registrierung",
  list: "Registrierungsschlüssel von {{name}}",
  add: "Schlüssel anlegen",
  columns: { name: "Name", state: "Zustand", uses: "Geräte registriert", expires: "Gültig bis" },
  states: { active: "Aktiv", expired: "Abgelaufen", revoked: "Widerrufen", used_up: "Aufgebraucht" },
  usesOf: "{{uses}} von {{most}}",
  planOfParent: "Der des Hauptkontos",
  revoke: "Widerrufen",
  revoked: "Der Schlüssel {{name}} ist widerrufen.",
  revokeTitle: "Schlüssel {{name}} widerrufen?",
  revokeWhy:
    "Ab sofort und endgültig kann sich kein weiterer Computer damit registrieren. Geräte, die sich damit registriert haben, arbeiten weiter.",
  emptyTitle: "Noch keine Registrierungsschlüssel",
  emptyHint:
    "Mit einem Registrierungsschlüssel registrieren sich Computer selbst, jeder mit einem eigenen Konto; zum Beispiel bei der Einführung auf vielen Computern.",
  form: {
    nameHint: "Wofür er ist, etwa „Einführung im Herbst“",
    plan: "Tarif der neuen Konten",
    planHint: "Vorgabe: der des einzigen Hauptkontos des Kunden",
    expires: "Gültig bis",
    expiresHint: "Leer: ohne Ende",
    maxUses: "Geräte, die damit entstehen dürfen",
    maxUsesHint: "Leer: beliebig viele",
    reseller: "Computer, die sich mit dem Schlüssel eines Resellers registrieren, kommen zu seinem Standardkunden.",
  },
  made: {
    title: "Der Schlüssel {{name}}",
    once: "Er wird nur jetzt angezeigt und lässt sich später nicht mehr lesen. Bewahren Sie ihn sicher auf.",
    done: "Fertig",
  },
};
