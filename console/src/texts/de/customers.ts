import type { Texts } from "../texts.ts";

export const customers: Texts["customers"] = {
  area: "Kunden",
  list: "Kunden direkt unter {{name}}",
  filter: "Name beginnt mit",
  columns: {
    name: "Name",
    licencesAllotted: "Lizenzen zugeteilt",
    licencesUsed: "Lizenzen genutzt",
    spaceAllotted: "Speicher zugeteilt",
    spaceUsed: "Speicher genutzt",
    state: "Zustand",
    level: "Stufe",
    country: "Land",
    location: "Speicherort",
    devices: "Geräte",
    reference: "Referenz",
    email: "E-Mail-Adresse",
    created: "Angelegt",
  },
  state: {
    all: "Alle Zustände",
    active: "Aktiv",
    inactive: "Deaktiviert",
    trial: "In der Testphase",
    deleted: "Gelöscht",
  },
  stateFilter: "Zustand",
  emptyTitle: "Noch keine Kunden",
  emptyHint: "Was unter {{name}} angelegt wird, erscheint hier, mit Speicher und Lizenzen.",
};
