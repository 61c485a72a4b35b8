import { DomainError } from "../../domain/terms/errors.ts";

const ofRow: ReadonlySet<string> = new Set(["not_found", "customer_deleted", "forbidden"]);
/** What is loaded for one row of a request, or what stands against that row alone. */
export const orRefusal = <T>(loading: Promise<T>): Promise<T | DomainError> =>
  loading.catch((error: unknown) => {
    if (error instanceof DomainError && ofRow.has(error.code)) return error;
    throw error;
  });
