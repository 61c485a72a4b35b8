import { queryOptions } from "@tanstack/react-query";
import type { Output, Schemas } from "@tenantry/client";
import { queryClient, tenantry } from "../../app/api.ts";
import { type List, useList } from "../../parts/table/use-list.ts";

export type User = Output<"listUsers">["items"][number];
export type Session = Output<"listSessions">["items"][number];
export type Role = Schemas["Role"];

/** The users of a customer, or of its whole branch. */
export const useUsers = (customerId: string, branch: boolean): List<User> =>
  useList(["users", "list", customerId, branch], (cursor, signal) =>
    tenantry.listUsers({
      query: { customerId, limit: 100, ...(branch && { branch }), ...(cursor !== undefined && { cursor }) },
      signal,
    }),
  );

export const userQuery = (id: string) =>
  queryOptions({
    queryKey: ["users", "one", id],
    queryFn: ({ signal }) => tenantry.getUser({ params: { id }, signal }),
  });

export const userSessionsQuery = (id: string) =>
  queryOptions({
    queryKey: ["users", "sessions", id],
    queryFn: ({ signal }) => tenantry.listUserSessions({ params: { id }, signal }),
  });

export const refreshUsers = (): Promise<void> => queryClient.invalidateQueries({ queryKey: ["users"] });

/** The roles that an administrator may give at a level: support are the provider's own staff. */
export const rolesAt = (level: Schemas["Level"]): readonly Role[] =>
  level === "provider"
    ? ["admin", "operator", "billing", "viewer", "support"]
    : ["admin", "operator", "billing", "viewer"];
