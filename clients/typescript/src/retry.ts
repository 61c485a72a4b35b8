import { retryAfterOf } from "./problem.ts";

/** How often, and how long, a client tries again. */
export interface RetryOptions {
  /** Attempts after the first one. Default: 4 */
  retries?: number;
  /** Seconds to wait at most for a `Retry-After`; a longer one is an error at once. Default: 60 */
  longestWait?: number;
  /** Seconds before the first repetition, where the server does not say; twice as many before each further one. Default: 0.25 */
  firstWait?: number;
}

type Fetch = (request: Request) => Promise<Response>;

/** Answers that say that the same request may succeed later. */
const passing = new Set([429, 500, 502, 503, 504]);

/** Waits; rejects with the signal's reason as soon as it is aborted. */
const wait = (seconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });

/**
 * A fetch that tries again what failed for the moment: no answer, a busy or broken server. It waits as long as `Retry-After` says, else twice as long
 * each time, and a bit at random, so that many clients do not come back together.
 * @param repeats whether a request does no harm when it arrives twice. Those that would are tried again only where the server has said 429 or 503: it
 * has not begun with them
 */
export function retrying(send: Fetch, repeats: (request: Request) => boolean, options: RetryOptions = {}): Fetch {
  const { retries = 4, longestWait = 60, firstWait = 0.25 } = options;
  return async (request) => {
    const again = repeats(request);
    for (let attempt = 0; ; attempt += 1) {
      const isLast = attempt >= retries;
      const backoff = firstWait * 2 ** attempt * (0.5 + Math.random() / 2);
      let response: Response;
      try {
        response = await send(isLast ? request : request.clone());
      } catch (error) {
        if (isLast || !again || request.signal.aborted) throw error;
        await wait(backoff, request.signal);
        continue;
      }
      const { status, headers } = response;
      const mayRepeat = passing.has(status) && (again || status === 429 || status === 503);
      const asked = retryAfterOf(headers);
      if (isLast || !mayRepeat || (asked ?? 0) > longestWait) return response;
      await response.body?.cancel();
      await wait(Math.max(asked ?? 0, backoff), request.signal);
    }
  };
}
