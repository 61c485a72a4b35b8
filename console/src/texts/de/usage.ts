import type { Texts } from "../texts.ts";

export const usage: Texts["usage"] = {
  area: "Verbrauch",
  unit: "Zeilen",
  months: "13 Monate",
  days: "60 Tage",
  month: "Monat",
  day: "Tag",
  chart: "Belegter Speicher",
  chartHint: "Das Mittel jedes Zeitraums und dahinter das Meiste, was belegt war.",
  chartLabel:
    "Belegter Speicher von {{from}} bis {{to}}; zuletzt im Mittel {{amount}}. Alle Zahlen stehen in der Tabelle.",
  branchChartHint: "Was alle darunter am Ende jedes Zeitraums gespeichert hatten.",
  branchChartLabel:
    "Belegter Platz aller darunter von {{from}} bis {{to}}; zuletzt {{amount}}. Die Tabelle enthält alle Zahlen.",
  bar: "{{period}}: im Mittel {{mean}}, höchstens {{peak}}",
  missingHint:
    "Tage ohne Eintrag bleiben außen vor: Der laufende Monat ist nicht zu Ende, und vor dem Anlegen des Kunden gibt es nichts.",
  none: "Noch ist kein Tag vorbei",
  noneHint:
    "Was der Kunde an einem Tag hatte, wird in der Nacht danach aufgeschrieben. Schauen Sie morgen wieder vorbei.",
  columns: {
    averageBytes: "Mittel",
    endBytes: "Am Ende",
    peakBytes: "Höchstens",
    devices: "Geräte",
    licences: "Lizenzen",
    chargedDays: "Berechnete Tage",
    missingDays: "Ohne Eintrag",
    branchBytes: "Speicher mit allem darunter",
    branchDevices: "Geräte mit allem darunter",
  },
};
