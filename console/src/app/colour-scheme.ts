import { localStorageColorSchemeManager } from "@mantine/core";

/** Keeps the choice of colours where `first.js` looks for it before anything is painted. */
export const schemeManager = localStorageColorSchemeManager({ key: "tenantry.scheme" });
