import { DomainError } from "../../domain/terms/errors.ts";

/** The refusal of what the database does not answer, or answers without an outcome. */
export const unavailable = () =>
  new DomainError("unavailable", "The service cannot answer right now; try again.", [], 1);
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "");

/** Refusals that are ours to mend: they mean a fault in this code, and no retry helps. */
const programmingErrors = new Set([
  "ValidationException",
  "AccessDeniedException",
  "ResourceNotFoundException",
  "IdempotentParameterMismatchException",
]);

/** What to throw where a call has failed: itself where it means a fault in this code, else that the service cannot answer. */
export const failureOf = (error: unknown): unknown =>
  programmingErrors.has(nameOf(error)) || !(error instanceof Error)
    ? error
    : Object.assign(unavailable(), { cause: error });

/** The answer of a call. @throws DomainError unavailable where it fails, unless by a fault of this code */
export const orUnavailable = async <T>(call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    throw failureOf(error);
  }
};
