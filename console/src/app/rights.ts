import type { Output } from "@tenantry/client";

export type Me = Output<"me">;
type Role = Me["role"];

/** Which roles hold which permission. A test compares it with the API's own rule; the API decides in any case. */
export const granted = {
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

/** Whether a role holds a permission. */
export const holds = (role: Role, permission: Permission): boolean =>
  (granted[permission] as readonly Role[]).includes(role);
