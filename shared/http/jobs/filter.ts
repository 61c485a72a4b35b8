/**
 * A pattern over a record of the stream: for each field the texts that it may have, at any depth. This is the part of Lambda's filter
 * syntax that the jobs use, and the part that the relay understands.
 */
export interface FilterPattern {
  readonly [field: string]: FilterPattern | readonly string[];
}

const isList = (pattern: FilterPattern | readonly string[]): pattern is readonly string[] => Array.isArray(pattern);

/** Whether a value has, for each field of a pattern, one of the texts that the pattern allows. */
export function matchesFilter(pattern: FilterPattern, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(pattern).every(([field, wanted]) => {
    const found: unknown = Object.hasOwn(value, field) ? (value as Record<string, unknown>)[field] : undefined;
    return isList(wanted) ? typeof found === "string" && wanted.includes(found) : matchesFilter(wanted, found);
  });
}

/** Whether a value matches at least one of several patterns. */
export const matchesAny = (patterns: readonly FilterPattern[], value: unknown): boolean =>
  patterns.some((pattern) => matchesFilter(pattern, value));

/** The kinds of items that a pattern asks for, and what else it asks; null where it asks for no kinds. */
function byKind(
  pattern: FilterPattern,
): { kinds: readonly string[]; withKinds: (kinds: readonly string[]) => FilterPattern } | null {
  const { dynamodb } = pattern;
  const image = dynamodb && !isList(dynamodb) ? dynamodb["NewImage"] : undefined;
  const kind = image && !isList(image) ? image["kind"] : undefined;
  const kinds = kind && !isList(kind) ? kind["S"] : undefined;
  if (!dynamodb || !image || !kind || !kinds || !isList(kinds)) return null;
  return {
    kinds,
    withKinds: (S) => ({ ...pattern, dynamodb: { ...dynamodb, NewImage: { ...image, kind: { ...kind, S } } } }),
  };
}

/**
 * Patterns that together match what the given ones match. Those that differ in the kinds of items alone become one, since a mapping may
 * have five patterns (Lambda's quota).
 */
export function combined(patterns: readonly FilterPattern[]): FilterPattern[] {
  const whole: FilterPattern[] = [];
  const merged = new Map<string, { kinds: Set<string>; withKinds: (kinds: readonly string[]) => FilterPattern }>();
  for (const pattern of patterns) {
    const parts = byKind(pattern);
    if (!parts) {
      whole.push(pattern);
      continue;
    }
    const rest = JSON.stringify(parts.withKinds([]));
    const known = merged.get(rest) ?? { kinds: new Set<string>(), withKinds: parts.withKinds };
    for (const kind of parts.kinds) known.kinds.add(kind);
    merged.set(rest, known);
  }
  return [...whole, ...[...merged.values()].map(({ kinds, withKinds }) => withKinds([...kinds]))];
}
