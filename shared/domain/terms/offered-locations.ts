import * as z from "zod";
import { refuse } from "./errors.ts";
import { LocationCode, StorageLocation, storageLocations } from "./locations.ts";
import { closedLocations, type SettingsHolder } from "./settings.ts";
import { type StoragePlan, unopened } from "./storage-plan.ts";

/** A storage location as it is offered. */
export const OfferedLocation = StorageLocation.extend({
  state: z.enum(["open", "closed"]).meta({
    description:
      "closed: takes no new customers; the provider has closed it, or this installation has no storage there",
  }),
}).meta({ id: "StorageLocation" });
export type OfferedLocation = z.infer<typeof OfferedLocation>;

/** The locations that take no new customers: those that the stage does not open, and those that the provider at the end of a chain has closed. */
export const notOffered = (chain: readonly SettingsHolder[], plan: StoragePlan): LocationCode[] => {
  const closed = new Set([...unopened(plan), ...closedLocations(chain)]);
  return LocationCode.options.filter((code) => closed.has(code));
};

/** All storage locations, by name, as the provider at the end of a chain offers them. */
export function offeredLocations(chain: readonly SettingsHolder[], plan: StoragePlan): OfferedLocation[] {
  const closed = notOffered(chain, plan);
  return storageLocations.map((location) => ({
    ...location,
    state: closed.includes(location.code) ? "closed" : "open",
  }));
}

/**
 * Refuses a location that takes no new customers. What has data there goes on.
 * @param closed those that are closed
 * @param field what asks for it
 * @throws DomainError location_closed, at the field
 */
export function checkOpen(
  location: LocationCode,
  closed: readonly LocationCode[],
  field: "storageLocation" | "serviceType" = "storageLocation",
): void {
  if (!closed.includes(location)) return;
  const open = LocationCode.options.filter((code) => !closed.includes(code));
  throw refuse(
    "location_closed",
    field,
    `The storage location ${location} takes no new customers at present. Open are ${open.join(", ") || "none"}.`,
  );
}
