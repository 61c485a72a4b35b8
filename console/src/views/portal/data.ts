import { queryOptions } from "@tanstack/react-query";
import type { Output } from "@tenantry/client";
import { pages } from "@tenantry/client";
import { tenantry } from "../../app/api.ts";

export type Device = Output<"getDevice">;
export type Account = Output<"getAccount">;

/** The account that the session sees. */
export const ownAccountQuery = (id: string) =>
  queryOptions({
    queryKey: ["portal", "account", id],
    queryFn: ({ signal }) => tenantry.getAccount({ params: { id }, signal }),
  });

/** Its devices: an account has few. */
export const ownDevicesQuery = (accountId: string) =>
  queryOptions({
    queryKey: ["portal", "devices", accountId],
    queryFn: async ({ signal }) => {
      const devices: Device[] = [];
      for await (const device of pages(tenantry.listDevices, { query: { limit: 200 }, signal })) devices.push(device);
      return devices;
    },
    refetchInterval: 60_000,
  });

/** The accounts of the customer that the session may switch to; none where a level forbids it. */
export const ownAccountsQuery = queryOptions({
  queryKey: ["portal", "accounts"],
  queryFn: ({ signal }) => tenantry.listOwnAccounts({ query: { limit: 200 }, signal }),
});
