import type { Schemas } from "@tenantry/client";

export type Level = Schemas["Level"];
export type NewLevel = Exclude<Level, "provider">;

const below: Readonly<Record<Level, readonly NewLevel[]>> = {
  provider: ["reseller", "distributor"],
  distributor: ["reseller", "sub-distributor"],
  "sub-distributor": ["reseller"],
  reseller: ["end-customer"],
  "end-customer": ["site"],
  site: [],
};

/** The levels that a customer below one of this level can have. */
export const levelsBelow = (parent: Level): readonly NewLevel[] => below[parent];

/** Whether a level sells to others; the others use. */
export const sells = (level: Level): boolean => level !== "end-customer" && level !== "site";
