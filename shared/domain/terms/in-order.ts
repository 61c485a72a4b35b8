/**
 * Waits for several answers that are sought side by side. Where more than one is refused, the refusal of the first in the list is the one that is
 * told, whichever came first: the same request gets the same answer, however fast the table answers each part.
 */
export async function inOrder<T extends readonly unknown[] | []>(
  all: T,
): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  for (const outcome of await Promise.allSettled(all)) if (outcome.status === "rejected") throw outcome.reason;
  return Promise.all(all);
}
