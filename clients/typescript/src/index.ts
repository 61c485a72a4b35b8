export { createTenantry } from "./client.ts";
export type { CallOptions, Input, OperationId, Output, Schemas, Tenantry, TenantryOptions } from "./client.ts";
export { countBranch, type Counted } from "./counts.ts";
export type { KnownCode } from "./operations.ts";
export { explain } from "./explain.ts";
export { pages, parts } from "./pages.ts";
export { type FieldProblem, type ProblemCode, TenantryError } from "./problem.ts";
export type { RetryOptions } from "./retry.ts";
