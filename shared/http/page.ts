import type * as z from "zod";
import type { Cursors } from "../store/table/cursors.ts";
import { canonical } from "./canonical.ts";
import type { Operation } from "./contract.ts";
import type { HttpEvent, Parsed } from "./parse.ts";

/** The page that a list was asked for. */
export interface Page {
  limit: number;
  /** Where to go on, null at the start. @throws DomainError invalid_cursor */
  position: <T>(schema: z.ZodType<T>) => T | null;
  /** The cursor of a position in this list, null at the end. */
  next: (position: unknown) => string | null;
  /** The cursor of a position in another list. */
  nextIn: (operationId: string, query: Record<string, string>, position: unknown) => string;
}

/** The page that a request asks for. A cursor is bound to the operation, its path and its filters. */
export function pageOf(contract: Operation, parsed: Parsed, event: HttpEvent, cursors: Cursors): Page {
  const { limit, cursor } = (parsed.query ?? {}) as { limit?: number; cursor?: string };
  const { limit: _, cursor: __, ...filters } = event.queryStringParameters ?? {};
  const purpose = (operationId: string, query: unknown): string => `${operationId} ${canonical(query)}`;
  const own = purpose(contract.id, { ...filters, ...event.pathParameters });
  return {
    limit: limit ?? 50,
    position: (schema) => (cursor === undefined ? null : cursors.open(own, cursor, schema)),
    next: (position) => (position === null ? null : cursors.seal(own, position)),
    nextIn: (operationId, query, position) => cursors.seal(purpose(operationId, query), position),
  };
}
