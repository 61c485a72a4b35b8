import { DomainError, notFound } from "../../shared/domain/terms/errors.ts";
import { methodOf, pathOf } from "../../shared/http/contract.ts";
import { refusal } from "../../shared/http/public-operation.ts";
import { jobs } from "../jobs.ts";
import { operations } from "../routes.ts";

const patterns = operations.map((contract) => ({
  method: methodOf(contract),
  pattern: new RegExp(
    `^${pathOf(contract)
      .replaceAll(/\{[^}]+\}/g, "[^/]+")
      .replaceAll(".", "\\.")}$`,
  ),
}));

/** Says whether the path or only the method does not exist. */
export function routeNotFound(method: string, path: string) {
  const methods = patterns.filter(({ pattern }) => pattern.test(path)).map((route) => route.method);
  if (methods.length === 0) return { error: notFound("resource"), headers: {} };
  const allow = [...new Set(methods)].sort().join(", ");
  return {
    error: new DomainError("method_not_allowed", `${method} does not exist here; possible: ${allow}.`),
    headers: { allow },
  };
}

export const handler = refusal(jobs.routeNotFound.id, routeNotFound);
