const formats = new Map<string, Intl.DateTimeFormat>();
const formatOf = (zone: string): Intl.DateTimeFormat => {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
    era: "short",
  });
  formats.set(zone, made);
  return made;
};

/** What the clocks of a zone show at an instant, as if it were UTC. Milliseconds since the epoch, both ways. */
export function wallClock(zone: string, at: number): number {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
/** The day of the calendar that the clocks of a zone show at an instant, such as 2026-11-30. */
export const dayAt = (zone: string, at: number): string => new Date(wallClock(zone, at)).toISOString().slice(0, 10);
/** How far the clocks of a zone are ahead of UTC at an instant. */
export const offset = (zone: string, at: number): number => wallClock(zone, at) - Math.floor(at / 1000) * 1000;

const dayMs = 86_400_000;

/**
 * The instant at which the clocks of a zone show a time: the first one where they show it twice, since they are put back. Where they never do, since
 * they are put forward, it is as long after the change as the time lies behind the gap's beginning. Milliseconds since the epoch, both ways.
 */
export function instantOf(zone: string, wall: number): number {
  const [before, after] = [offset(zone, wall - dayMs), offset(zone, wall + dayMs)];
  const shown = [before, after].map((ahead) => wall - ahead).filter((at) => wallClock(zone, at) === wall);
  return shown.length > 0 ? Math.min(...shown) : wall - before;
}
