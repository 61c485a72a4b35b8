import type { Write } from "../table/writes.ts";

/**
 * Lets transactions that write the same items go one after the other, and all others side by side: DynamoDB refuses those that meet, and each
 * refusal costs another attempt.
 * @returns what runs a transaction's work in its turn
 */
export function lanes(): <T>(writes: readonly Pick<Write, "key">[], work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (writes, work) => {
    const places = [...new Set(writes.map(({ key }) => `${key.pk}\n${key.sk}`))];
    const turn = Promise.all(places.map((place) => last.get(place))).then(work);
    // What nobody waits for any more is forgotten: a task has thousands of transactions.
    const forget = (): void => {
      for (const place of places) if (last.get(place) === over) last.delete(place);
    };
    const over: Promise<void> = turn.then(forget, forget);
    for (const place of places) last.set(place, over);
    return turn;
  };
}
