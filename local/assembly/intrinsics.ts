/** Account, region and partition that the local run pretends to be deployed to. */
export const pseudoParameters: Readonly<Record<string, string>> = {
  "AWS::AccountId": "000000000000",
  "AWS::Region": "eu-central-1",
  "AWS::Partition": "aws",
  "AWS::URLSuffix": "amazonaws.com",
};

/** What everything local signs its requests with. */
export const localCredentials = { accessKeyId: "local", secretAccessKey: "local" } as const;

/** What functions have beside them, as in Lambda. */
export const localSessionToken = "local";

/** What the functions of a template can refer to. Each method returns undefined for what it does not know. */
export interface Scope {
  ref(name: string): unknown;
  getAtt(logicalId: string, attribute: string): unknown;
  importValue(name: string): unknown;
  condition(name: string): boolean | undefined;
  mapping(name: string): Record<string, Record<string, unknown>> | undefined;
}

/** Stands for `AWS::NoValue`: the property or list entry that holds it is left out. */
const noValue = Symbol("AWS::NoValue");

export type Json = Record<string, unknown>;
export const isRecord = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * A template's value with its intrinsic functions resolved.
 * @throws Error naming whatever cannot be resolved: a half-resolved template would fail later and say less.
 */
export function resolve(value: unknown, scope: Scope): unknown {
  const result = resolveValue(value, scope);
  return result === noValue ? undefined : result;
}

function resolveValue(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) {
    return value.map((entry) => resolveValue(entry, scope)).filter((entry) => entry !== noValue);
  }
  if (!isRecord(value)) return value;
  const keys = Object.keys(value);
  const [name] = keys;
  if (keys.length === 1 && name !== undefined && (name === "Ref" || name.startsWith("Fn::"))) {
    return intrinsic(name, value[name], scope);
  }
  const entries = Object.entries(value).map(([key, entry]) => [key, resolveValue(entry, scope)] as const);
  return Object.fromEntries(entries.filter(([, entry]) => entry !== noValue));
}

const known = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new Error(`The template refers to ${what}, which does not exist`);
  return value;
};

function reference(name: string, scope: Scope): unknown {
  if (name === "AWS::NoValue") return noValue;
  return known(pseudoParameters[name] ?? scope.ref(name), name);
}

function attribute(path: string, scope: Scope): unknown {
  const dot = path.indexOf(".");
  return known(scope.getAtt(path.slice(0, dot), path.slice(dot + 1)), path);
}

function text(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new Error(`${name} needs text but got ${JSON.stringify(value)}`);
}

function list(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${name} needs a list but got ${JSON.stringify(value)}`);
  return value;
}

function intrinsic(name: string, argument: unknown, scope: Scope): unknown {
  const resolved = (): unknown => resolveValue(argument, scope);
  switch (name) {
    case "Ref":
      return reference(text(argument, name), scope);
    case "Fn::GetAtt":
      return attribute(typeof argument === "string" ? argument : list(argument, name).join("."), scope);
    case "Fn::Join": {
      const [separator, parts] = list(argument, name);
      return list(resolveValue(parts, scope), name)
        .map((part) => text(part, name))
        .join(text(separator, name));
    }
    case "Fn::Sub":
      return substitute(argument, scope);
    case "Fn::Select": {
      const [index, choices] = list(resolved(), name);
      return known(list(choices, name)[Number(index)], `entry ${String(index)} of a list`);
    }
    case "Fn::Split": {
      const [separator, whole] = list(resolved(), name);
      return text(whole, name).split(text(separator, name));
    }
    case "Fn::ImportValue": {
      const exported = text(resolved(), name);
      return known(scope.importValue(exported), `the export ${exported}`);
    }
    case "Fn::FindInMap": {
      const [map, first, second] = list(resolved(), name).map((part) => text(part, name));
      return known(scope.mapping(map ?? "")?.[first ?? ""]?.[second ?? ""], `${map}.${first}.${second}`);
    }
    case "Fn::If": {
      const [condition, yes, no] = list(argument, name);
      const conditionName = text(condition, name);
      return resolveValue(known(scope.condition(conditionName), `condition ${conditionName}`) ? yes : no, scope);
    }
    case "Fn::Base64":
      return Buffer.from(text(resolved(), name)).toString("base64");
    case "Fn::GetAZs":
      return ["a", "b", "c"].map((zone) => `${pseudoParameters["AWS::Region"]}${zone}`);
    default:
      throw new Error(`The local run does not know the intrinsic function ${name}`);
  }
}

function substitute(argument: unknown, scope: Scope): string {
  const [template, given] = Array.isArray(argument) ? argument : [argument, {}];
  const variables = isRecord(given) ? given : {};
  return text(template, "Fn::Sub").replaceAll(/\$\{(!?)([^}]+)\}/g, (_whole, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (Object.hasOwn(variables, name)) return text(resolveValue(variables[name], scope), "Fn::Sub");
    return text(name.includes(".") ? attribute(name, scope) : reference(name, scope), "Fn::Sub");
  });
}

/** Whether a condition of the template holds. */
export function evaluateCondition(expression: unknown, scope: Scope): boolean {
  if (!isRecord(expression)) throw new Error(`Not a condition: ${JSON.stringify(expression)}`);
  const [name, argument] = Object.entries(expression)[0] ?? [];
  switch (name) {
    case "Condition":
      return known(scope.condition(String(argument)), `condition ${String(argument)}`);
    case "Fn::Equals": {
      const [left, right] = list(resolve(argument, scope), name);
      return left === right;
    }
    case "Fn::Not":
      return !evaluateCondition(list(argument, name)[0], scope);
    case "Fn::And":
      return list(argument, name).every((part) => evaluateCondition(part, scope));
    case "Fn::Or":
      return list(argument, name).some((part) => evaluateCondition(part, scope));
    default:
      throw new Error(`The local run does not know the condition ${String(name)}`);
  }
}
