import * as z from "zod";
import { DomainError, refuse } from "./errors.ts";
import { type Level, sells } from "./levels.ts";

/** all-inclusive: the provider's storage; software-only: the customer's own (S1). */
export const serviceTypes = ["all-inclusive", "software-only"] as const;
export const ServiceType = z.enum(serviceTypes).meta({ id: "ServiceType" });
export type ServiceType = z.infer<typeof ServiceType>;

/** The types that may be provided below a chain of customers (nearest first): what every one of them may provide. */
export const providedBy = (sets: readonly (readonly ServiceType[])[]): ServiceType[] =>
  serviceTypes.filter((type) => sets.every((set) => set.includes(type)));

/** The type of the first customer of a chain (nearest first): a site has its end-customer's, whatever its own record says. */
export const serviceTypeOf = ([customer, above]: readonly [
  { level: Level; serviceType: ServiceType },
  ...{ serviceType: ServiceType }[],
]): ServiceType => (customer.level === "site" ? (above?.serviceType ?? customer.serviceType) : customer.serviceType);

export interface ServiceChoice {
  serviceType: ServiceType;
  servicesToProvide: ServiceType[];
}

/**
 * Service type and provided set of a customer below a chain that may provide `parentSet` (S1).
 * Unsaid, the type is all-inclusive where that is possible, and the set is all that the parent may provide.
 * A site always takes `parentType`, its end-customer's type.
 * @throws DomainError service_type_not_allowed | not_applicable, at `serviceType` or `servicesToProvide`
 */
export function chooseServices(
  level: Level,
  parentSet: readonly ServiceType[],
  parentType: ServiceType,
  wanted: { serviceType?: ServiceType | undefined; servicesToProvide?: readonly ServiceType[] | undefined },
): ServiceChoice {
  if (!sells(level) && wanted.servicesToProvide !== undefined)
    throw refuse(
      "not_applicable",
      "servicesToProvide",
      `A customer of level ${level} provides no services of its own.`,
    );
  if (level === "site") {
    if (wanted.serviceType !== undefined && wanted.serviceType !== parentType)
      throw refuse(
        "service_type_not_allowed",
        "serviceType",
        `A site takes its end-customer's service type, ${parentType}.`,
      );
    return { serviceType: parentType, servicesToProvide: [] };
  }
  const serviceType = wanted.serviceType ?? parentSet[0];
  if (serviceType === undefined)
    throw new DomainError(
      "service_type_not_allowed",
      "The levels above leave no service type that could be provided here.",
    );
  if (!parentSet.includes(serviceType))
    throw refuse("service_type_not_allowed", "serviceType", `The parent may provide ${parentSet.join(", ")} only.`);
  const set = sells(level) ? serviceTypes.filter((type) => (wanted.servicesToProvide ?? parentSet).includes(type)) : [];
  const excess = set.filter((type) => !parentSet.includes(type));
  if (excess.length > 0)
    throw refuse("service_type_not_allowed", "servicesToProvide", `The parent may not provide ${excess.join(", ")}.`);
  return { serviceType, servicesToProvide: set };
}
