import * as z from "zod";
import { operations } from "../../functions/routes.ts";
import type { Operation } from "../../shared/http/contract.ts";

/** Where an operation takes an id: `params.id`, `body.customer.parentId`, `body.ids.0`. */
export interface Place {
  path: string;
  /** The prefix of the ids that belong there. */
  kind: string;
}

interface JsonSchema {
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  pattern?: string;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
}

/** Every place of a schema where it wants an id, however deep. A list is tried at its first element, and at its second one beside one that is in order. */
function placesIn(schema: JsonSchema, path: readonly string[], defs: Record<string, JsonSchema>): Place[] {
  const { $ref, pattern = "", properties = {}, items, anyOf = [], oneOf = [], allOf = [] } = schema;
  if ($ref !== undefined) return placesIn(defs[$ref.slice($ref.lastIndexOf("/") + 1)] ?? {}, path, defs);
  // A text may list ids of several kinds.
  const [, kinds] = /^\^(?:\(\?:)?([a-z|]+)\)?_/.exec(pattern) ?? [];
  return [
    ...(kinds?.split("|") ?? []).map((kind) => ({ path: path.join("."), kind })),
    ...Object.entries(properties).flatMap(([name, value]) => placesIn(value, [...path, name], defs)),
    ...(items ? ["0", "1"].flatMap((nth) => placesIn(items, [...path, nth], defs)) : []),
    ...[...anyOf, ...oneOf, ...allOf].flatMap((value) => placesIn(value, path, defs)),
  ];
}

const read = (operation: Operation): Place[] =>
  (["params", "query", "body"] as const).flatMap((part) => {
    const schema = operation[part];
    if (!schema) return [];
    const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
    const found = placesIn(json, [part], json.$defs ?? {});
    return found.filter(
      ({ path, kind }, nth) => found.findIndex((one) => one.path === path && one.kind === kind) === nth,
    );
  });

const known = new Map<string, Place[]>();
/** The places of ids of an operation, read from the schemas of its contract: nobody can forget one. */
export function placesOf(operation: Operation): Place[] {
  const places = known.get(operation.id) ?? read(operation);
  known.set(operation.id, places);
  return places;
}

/** Operations with a cursor. */
export const listing = operations.filter((operation) => operation.query?.shape["cursor"] !== undefined);
