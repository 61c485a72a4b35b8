/** The levels of customers, from the top. */
export const levels = ["provider", "distributor", "sub-distributor", "reseller", "end-customer", "site"] as const;
