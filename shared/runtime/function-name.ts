/** Name of a function. The area is in it, so an operation that moves to another area never meets its predecessor. */
export const functionName = (stage: string, unit: { id: string; area: string }): string =>
  `tenantry-${stage}-${unit.area}-${unit.id}`;
