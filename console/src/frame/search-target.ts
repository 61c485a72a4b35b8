import type { Schemas } from "@tenantry/client";

/** The address of something that was found. */
export const addressOf = ({ customerId }: Schemas["Match"]): string => `/n/${customerId}`;
