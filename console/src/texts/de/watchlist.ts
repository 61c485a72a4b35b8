import type { Texts } from "../texts.ts";

export const watchlist: Texts["watchlist"] = {
  area: "Watchlist",
  list: "Geräte von {{name}} und darunter mit Handlungsbedarf",
  all: "Alle",
  columns: {
    device: "Gerät",
    reason: "Grund",
    since: "Seit",
    others: "Weitere Gründe",
    customer: "Kunde",
    seller: "Reseller",
  },
  emptyTitle: "Kein Handlungsbedarf",
  emptyHint:
    "Geräte erscheinen hier, wenn eine Sicherung fehlschlägt oder überfällig ist, oder wenn sie auf eine Entscheidung warten.",
};
