import type { Schemas } from "@tenantry/client";

/** The address of something that was found. */
export function addressOf({ kind, id, customerId }: Schemas["Match"]): string {
  if (kind === "device") return `/n/${customerId}/devices/${id}`;
  return kind === "account" ? `/n/${customerId}/accounts/${id}` : `/n/${customerId}`;
}
