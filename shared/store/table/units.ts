/** An item as the document client gives and takes it. */
export type Item = Record<string, unknown>;

const textBytes = (text: string): number => Buffer.byteLength(text, "utf8");

const numberBytes = (value: number): number => {
  const digits = Math.abs(value).toExponential().split("e")[0]?.replace(".", "").replace(/0+$/, "").length ?? 1;
  return Math.ceil(Math.max(1, digits) / 2) + 1 + (value < 0 ? 1 : 0);
};

const valueBytes = (value: unknown): number => {
  if (typeof value === "string") return textBytes(value);
  if (typeof value === "number") return numberBytes(value);
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return 3 + value.reduce<number>((sum, element) => sum + 1 + valueBytes(element), 0);
  if (typeof value === "object" && value !== null)
    return (
      3 + Object.entries(value).reduce((sum, [name, element]) => sum + 1 + textBytes(name) + valueBytes(element), 0)
    );
  return 1;
};

/** Size of an item in bytes by DynamoDB's rules (names count, numbers by their digits, 3 bytes and 1 per element for nesting). */
export const itemBytes = (item: Item): number =>
  Object.entries(item).reduce(
    (sum, [name, value]) => (value === undefined ? sum : sum + textBytes(name) + valueBytes(value)),
    0,
  );

/** Read units of one strongly consistent read of so many bytes: 4 KiB each, at least one. */
export const readUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / 4096));
/** Write units of one write of so many bytes: 1 KiB each, at least one. A transaction costs twice as much. */
export const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1024));

/** What a request has cost so far. */
export interface Costs {
  /** The longest chain of calls that had to wait for each other; calls made side by side count once. */
  roundTrips: number;
  readUnits: number;
  writeUnits: number;
}

/** Counts the round trips and units of one request by AWS's own rules (DynamoDB Local misreports transactions). */
export interface Meter {
  /** Runs one attempt of a call; what it returns is passed on. */
  trip: <T>(call: () => Promise<T>) => Promise<T>;
  read: (units: number) => void;
  write: (units: number) => void;
  costs: () => Costs;
}

export function createMeter(): Meter {
  const costs: Costs = { roundTrips: 0, readUnits: 0, writeUnits: 0 };
  let finished = 0;
  return {
    async trip(call) {
      // A call waits for all that had finished when it began, and for nothing that was still under way.
      const depth = finished + 1;
      costs.roundTrips = Math.max(costs.roundTrips, depth);
      try {
        return await call();
      } finally {
        finished = Math.max(finished, depth);
      }
    },
    read(units) {
      costs.readUnits += units;
    },
    write(units) {
      costs.writeUnits += units;
    },
    costs: () => ({ ...costs }),
  };
}
