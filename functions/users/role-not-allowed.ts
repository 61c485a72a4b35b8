import { type DomainError, refuse } from "../../shared/domain/terms/errors.ts";
import type { CallerRole, Role } from "../../shared/domain/access/roles.ts";

/** The refusal of a role that a caller may not give, to a user or a key. */
export const roleNotAllowed = (role: Role, caller: { role: CallerRole }): DomainError =>
  refuse(
    "role_not_allowed",
    "role",
    role === "support" ? "Only the provider's own staff have the role support." : `Your own role is ${caller.role}.`,
  );
