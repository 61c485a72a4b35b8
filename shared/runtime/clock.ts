/**
 * The only clock. Locally it can be set forward: the local run changes this variable, which does not exist in AWS.
 * Milliseconds since the epoch.
 */
export const systemClock = (): number => Date.now() + Number(process.env["TENANTRY_CLOCK_OFFSET_MS"] ?? 0);
export type Clock = () => number;
