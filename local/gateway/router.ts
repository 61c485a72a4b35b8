import type { Route } from "../assembly/assembly.ts";

export interface RouteMatch {
  route: Route;
  /** `GET /v1/customers/{id}`, or `$default`. */
  routeKey: string;
  pathParameters: Record<string, string>;
}

interface CompiledRoute {
  route: Route;
  segments: string[];
}

const isGreedy = (segment: string): boolean => segment.startsWith("{") && segment.endsWith("+}");
const isParameter = (segment: string): boolean => segment.startsWith("{") && segment.endsWith("}");
/** The more specific, the smaller: fixed text, then a parameter, then what takes the whole rest. */
const rank = (segment: string | undefined): number =>
  segment === undefined ? 3 : isGreedy(segment) ? 2 : isParameter(segment) ? 1 : 0;

function compare(left: CompiledRoute, right: CompiledRoute): number {
  for (let index = 0; index < Math.max(left.segments.length, right.segments.length); index++) {
    const difference = rank(left.segments[index]) - rank(right.segments[index]);
    if (difference !== 0) return difference;
  }
  return Number(left.route.method === "*") - Number(right.route.method === "*");
}

/** Values of a route's parameters, still encoded; undefined where the path is another. */
function capture(pattern: string[], path: string[]): Record<string, string> | undefined {
  const captured: Record<string, string> = {};
  for (const [index, segment] of pattern.entries()) {
    const actual = path[index];
    if (actual === undefined) return undefined;
    if (isGreedy(segment)) {
      const rest = path.slice(index).join("/");
      return rest === "" ? undefined : { ...captured, [segment.slice(1, -2)]: rest };
    }
    if (isParameter(segment)) {
      if (actual === "") return undefined;
      captured[segment.slice(1, -1)] = actual;
    } else if (segment !== actual) {
      return undefined;
    }
  }
  return pattern.length === path.length ? captured : undefined;
}

/**
 * Chooses routes as an HTTP API does: the most specific path first, a named method before any method, `$default` last.
 * A trailing slash makes another path.
 * @returns a function of method and raw path; it throws URIError where a parameter is not valid percent-encoding
 */
export function createRouter(
  routes: readonly Route[],
  fallback: Route | undefined,
): (method: string, rawPath: string) => RouteMatch | undefined {
  const compiled = routes.map((route) => ({ route, segments: route.path.split("/") })).sort(compare);
  return (method, rawPath) => {
    const path = rawPath.split("/");
    for (const { route, segments } of compiled) {
      if (route.method !== "*" && route.method !== method) continue;
      const captured = capture(segments, path);
      if (!captured) continue;
      const pathParameters = Object.fromEntries(
        Object.entries(captured).map(([name, value]) => [name, decodeURIComponent(value)]),
      );
      return { route, routeKey: `${route.method === "*" ? "ANY" : route.method} ${route.path}`, pathParameters };
    }
    return fallback && { route: fallback, routeKey: "$default", pathParameters: {} };
  };
}
