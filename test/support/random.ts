/** Numbers from 0 to 1, always the same for the same seed (mulberry32). */
export function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws a whole number from 0 to below a bound. */
export type Draw = (below: number) => number;
/** Whole numbers below a bound, always the same for the same seed. */
export function drawFrom(start: number): Draw {
  const random = randomFrom(start);
  return (below) => Math.floor(random() * below);
}
