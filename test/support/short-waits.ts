/**
 * Shortens the waits before a retry, all of which are below a second; time-outs of connections are longer and stay. The replacement is no spy, as a spy keeps
 * every callback that it has been called with, and with it all that a request has read.
 * @param longest milliseconds that remain of such a wait
 */
export function shortenWaits(longest = 1): void {
  const realTimeout = globalThis.setTimeout;
  globalThis.setTimeout = ((work: () => void, ms = 0, ...rest: []) =>
    realTimeout(work, ms < 1000 ? Math.min(ms, longest) : ms, ...rest)) as typeof setTimeout;
}
