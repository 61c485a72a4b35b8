import * as z from "zod";
import type { Level } from "../terms/levels.ts";

/** What a credential may do in its branch (P2, P4). */
export const Role = z.enum(["admin", "operator", "billing", "viewer", "support"]).meta({
  id: "Role",
  description:
    "admin: everything in its branch but what is left to support; operator: accounts and devices, not customers or billing; billing: reads, and manages what is invoiced; viewer: reads; support: reads, and changes what is immutable to others (the provider's own staff only)",
});
export type Role = z.infer<typeof Role>;
/** The role of whoever has logged in with an account's user name and password. It is nobody's to give, and holds no permission: the contracts say what it may do. */
export const portalRole = "customer";
export type CallerRole = Role | typeof portalRole;

const granted = {
  "branch:read": ["admin", "operator", "billing", "viewer", "support"],
  "customers:write": ["admin"],
  "accounts:write": ["admin", "operator"],
  "devices:write": ["admin", "operator"],
  "reports:write": ["admin", "operator"],
  "events:write": ["admin"],
  "plans:write": ["admin"],
  "billing:read": ["admin", "billing"],
  "billing:write": ["admin", "billing"],
  "keys:read": ["admin"],
  "keys:write": ["admin"],
  "users:read": ["admin"],
  "users:write": ["admin"],
  "support:write": ["support"],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof granted;
export const permissions = Object.keys(granted) as Permission[];

/** Whether a role holds a permission. */
export const may = (role: CallerRole, permission: Permission): boolean =>
  (granted[permission] as readonly CallerRole[]).includes(role);

/** Whether `role` gives no right that `than` lacks. */
const noMoreThan = (role: Role, than: CallerRole): boolean =>
  permissions.every((permission) => !may(role, permission) || may(than, permission));

/**
 * Whether a caller of the role `giver` may give `role` to a key or a user of a customer of `level`. Support are the provider's own staff: its
 * admins appoint them, though they do not hold that right themselves.
 */
export const mayGive = (role: Role, giver: CallerRole, level: Level): boolean =>
  role === "support" ? giver === "admin" && level === "provider" : noMoreThan(role, giver);
