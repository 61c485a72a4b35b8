/**
 * The tree that the matrix works on, as the test knows it. It shares nothing with the product: whose branch something is in, is read from here.
 *
 * R is the reseller whose callers are tried most; E and S stand below it, A and P above it. R2 is its sibling, R3 belongs to another distributor. X is deleted. M stood under R and was
 * moved to R2. `E/1` and the like are computers.
 */
const parents = {
  P: null,
  A: "P",
  R: "A",
  E: "R",
  "E/1": "E",
  "E/2": "E",
  "E/3": "E",
  "E/account": "E",
  S: "E",
  "S/1": "S",
  "S/2": "S",
  "S/3": "S",
  X: "R",
  "X/1": "X",
  "X/2": "X",
  "X/3": "X",
  R2: "A",
  E2: "R2",
  "E2/1": "E2",
  "E2/2": "E2",
  "E2/3": "E2",
  M: "R2",
  "M/1": "M",
  "M/2": "M",
  "M/3": "M",
  B: "P",
  R3: "B",
  E3: "R3",
  "E3/1": "E3",
  "E3/2": "E3",
  "E3/3": "E3",
  "R/user": "R",
  "R2/user": "R2",
} as const;
export type Spot = keyof typeof parents;
export const spots = Object.keys(parents) as Spot[];

/** Customers that have accounts and devices; the others sell. */
export const customers = ["E", "S", "X", "E2", "M", "E3"] as const satisfies Spot[];
export type CustomerSpot = (typeof customers)[number];
/** Customers whose data lie in the provider's storage; the others bring their own servers. */
export const cloud: ReadonlySet<Spot> = new Set(["E2", "E3"]);
export const sellers = ["P", "A", "R", "R2", "B", "R3"] as const satisfies Spot[];
export const isCustomer = (spot: Spot): spot is CustomerSpot => (customers as readonly Spot[]).includes(spot);

/** A spot and all above it, nearest first. */
export const lineOf = (spot: Spot): Spot[] => {
  const parent: Spot | null = parents[spot];
  return parent === null ? [spot] : [spot, ...lineOf(parent)];
};
/** Whether a spot is another one or stands below it. */
export const isIn = (scope: Spot, spot: Spot): boolean => lineOf(spot).includes(scope);
/** The customer that a computer belongs to; a customer is its own. */
export const customerOf = (spot: Spot): Spot => lineOf(spot).find((one) => !one.includes("/")) ?? spot;
