import { isRecord, type Json } from "./intrinsics.ts";

/**
 * Whether a record matches a filter pattern of an event source mapping, or an event that of an EventBridge rule: every field named in the pattern must match one of its alternatives.
 * Knows exact values, `prefix`, `suffix`, `equals-ignore-case`, `anything-but`, `numeric`, `exists` and `$or`.
 * @throws Error for an operator it does not know: a filter that silently lets nothing through would look like a bug elsewhere
 */
export function matchesPattern(pattern: Json, event: unknown): boolean {
  return Object.entries(pattern).every(([key, expected]) => {
    if (key === "$or" && Array.isArray(expected))
      return expected.some((branch) => matchesPattern(branch as Json, event));
    const actual = isRecord(event) && Object.hasOwn(event, key) ? event[key] : undefined;
    if (isRecord(expected)) {
      // A list of objects matches where one of them does.
      if (Array.isArray(actual)) return actual.some((entry) => matchesPattern(expected, entry));
      return matchesPattern(expected, actual);
    }
    if (!Array.isArray(expected)) throw new Error(`A filter needs a list of alternatives for ${key}`);
    const values: unknown[] = Array.isArray(actual) && actual.length > 0 ? actual : [actual];
    return expected.some((alternative) => values.some((value) => matchesAlternative(alternative, value)));
  });
}

function matchesAlternative(alternative: unknown, value: unknown): boolean {
  if (!isRecord(alternative)) return value !== undefined && alternative === value;
  const [operator, operand] = Object.entries(alternative)[0] ?? [];
  switch (operator) {
    case "exists":
      // As in AWS it speaks of leaves: an object in the place of a value does not count.
      return operand === (value !== undefined && !isRecord(value));
    case "prefix":
      return typeof value === "string" && value.startsWith(String(operand));
    case "suffix":
      return typeof value === "string" && value.endsWith(String(operand));
    case "equals-ignore-case":
      return typeof value === "string" && value.toLowerCase() === String(operand).toLowerCase();
    case "anything-but": {
      if (value === undefined) return false;
      if (isRecord(operand)) return !matchesAlternative(operand, value);
      return !(Array.isArray(operand) ? operand : [operand]).includes(value);
    }
    case "numeric":
      return Array.isArray(operand) && matchesNumeric(operand, value);
    default:
      throw new Error(`The local run does not know the filter operator ${String(operator)}`);
  }
}

/** `[">=", 1, "<", 5]`. The numbers of DynamoDB come as text, and AWS then does not compare them: neither does this. */
function matchesNumeric(conditions: unknown[], value: unknown): boolean {
  if (typeof value !== "number") return false;
  for (let index = 0; index < conditions.length; index += 2) {
    const limit = Number(conditions[index + 1]);
    const holds = {
      "=": value === limit,
      "<": value < limit,
      "<=": value <= limit,
      ">": value > limit,
      ">=": value >= limit,
    };
    if (holds[conditions[index] as keyof typeof holds] !== true) return false;
  }
  return true;
}
