/**
 * The version of the API, as the description, the index and every answer tell it. It changes only with what breaks a program that was written for
 * it; whatever is added leaves it as it is.
 */
export const apiVersion = "1" as const;

/** That an operation will go: announced on one day, and gone after another at least half a year later. Days in ISO 8601. */
export interface Deprecation {
  since: string;
  sunset: string;
  /** What to use in its place, in a sentence. */
  instead: string;
}

/** How long an operation still works once it is announced that it will go. */
export const sunsetDays = 180;

const secondsOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) / 1000;

/** Headers of every answer of an operation, also of a refusal: the version, and of one that will go since when (RFC 9745) and until when (RFC 8594). */
export const stabilityHeaders = (deprecated: Deprecation | undefined): Record<string, string> => ({
  "tenantry-version": apiVersion,
  ...(deprecated && {
    deprecation: `@${secondsOf(deprecated.since)}`,
    sunset: new Date(secondsOf(deprecated.sunset) * 1000).toUTCString(),
  }),
});

/** The link to where an operation that will go is described, with what to use in its place. */
export const deprecationLink = '</v1/docs>; rel="deprecation"; type="text/html"';
