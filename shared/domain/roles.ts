import * as z from "zod";

/** What a credential may do in its branch (P2, P4). */
export const Role = z.enum(["admin", "operator", "viewer"]).meta({
  id: "Role",
  description:
    "admin: everything in its branch; operator: accounts and devices, not customers or billing; viewer: reads",
});
export type Role = z.infer<typeof Role>;

const granted = {
  "branch:read": ["admin", "operator", "viewer"],
  "customers:write": ["admin"],
  "accounts:write": ["admin", "operator"],
  "devices:write": ["admin", "operator"],
  "plans:write": ["admin"],
  "billing:read": ["admin"],
  "billing:write": ["admin"],
  "keys:read": ["admin"],
  "keys:write": ["admin"],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof granted;
export const permissions = Object.keys(granted) as Permission[];

/** Whether a role holds a permission. */
export const may = (role: Role, permission: Permission): boolean =>
  (granted[permission] as readonly Role[]).includes(role);

const order: readonly Role[] = ["viewer", "operator", "admin"];
/** Whether `role` gives no right that `than` lacks. */
export const noMoreThan = (role: Role, than: Role): boolean => order.indexOf(role) <= order.indexOf(than);
