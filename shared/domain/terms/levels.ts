import * as z from "zod";
import { refuse } from "./errors.ts";

/** Levels from the top (features H1). The level of a customer never changes. */
export const levels = ["provider", "distributor", "sub-distributor", "reseller", "end-customer", "site"] as const;
export const Level = z.enum(levels).meta({ id: "Level" });
export type Level = z.infer<typeof Level>;

/** Levels at which customers can be created through the API; the provider comes from `bootstrapProvider`. */
export const CreatableLevel = Level.exclude(["provider"]);

const childLevels: Record<Level, readonly Level[]> = {
  provider: ["distributor", "reseller"],
  distributor: ["sub-distributor", "reseller"],
  "sub-distributor": ["reseller"],
  reseller: ["end-customer"],
  "end-customer": ["site"],
  site: [],
};

/** The levels that may stand directly under a customer of `parent`'s level. */
export const allowedUnder = (parent: Level): readonly Level[] => childLevels[parent];

/** Distributors, sub-distributors and resellers (and the provider) sell; end-customers and sites use. */
export const sells = (level: Level): boolean => level !== "end-customer" && level !== "site";

/** 0 for the provider, 5 for a site. */
export const rank = (level: Level): number => levels.indexOf(level);

/**
 * The level of a new customer under a parent (H1, document 003): fixed where only one is possible, else the caller's choice.
 * @throws DomainError level_not_allowed | level_fixed | level_required, at `level` or `parentId`
 */
export function levelUnder(parent: Level, wanted: Level | undefined): Level {
  const allowed = allowedUnder(parent);
  const [only] = allowed;
  if (only === undefined) throw refuse("level_not_allowed", "parentId", `A ${parent} cannot have customers below it.`);
  if (allowed.length === 1) {
    if (wanted !== undefined && wanted !== only)
      throw refuse("level_fixed", "level", `Under a ${parent} the level is always ${only}; it cannot be ${wanted}.`);
    return only;
  }
  if (wanted === undefined)
    throw refuse("level_required", "level", `Under a ${parent} choose the level: ${allowed.join(" or ")}.`);
  if (!allowed.includes(wanted))
    throw refuse(
      "level_not_allowed",
      "level",
      `A ${wanted} cannot be below a ${parent}; possible: ${allowed.join(", ")}.`,
    );
  return wanted;
}
