import type { Texts } from "../texts.ts";
export const accounts: Texts["accounts"] = { area: "Konten", columns: { plan: "Tarif" } };
