import { describe, expect, test } from "vitest";
import { createTurns } from "../../../local/gateway/turns.ts";

const never = new AbortController().signal;
/** Lets promises that are settled be seen. */
const settled = () => new Promise((resolve) => void setImmediate(resolve));

describe("turns", () => {
  test("are given one caller after the other, in the order in which each has asked", async () => {
    const turns = createTurns({ inAll: 2, ofOne: 2 });
    const served: string[] = [];
    const open: (() => void)[] = [];
    const ask = (caller: string, nth: number): void =>
      void turns.take(caller, never).then((end) => {
        served.push(`${caller}${nth}`);
        if (end) open.push(end);
      });
    for (let nth = 1; nth <= 4; nth += 1) ask("loud", nth);
    ask("quiet", 1);
    ask("other", 1);
    ask("quiet", 2);
    await settled();
    expect(served).toEqual(["loud1", "loud2"]);
    while (open.length > 0) {
      open.shift()?.();
      await settled();
    }
    expect(served).toEqual(["loud1", "loud2", "quiet1", "other1", "loud3", "quiet2", "loud4"]);
  });

  test("are never all had by one caller: another one is served at once", async () => {
    const turns = createTurns({ inAll: 3, ofOne: 2 });
    const served: string[] = [];
    const ask = (caller: string) => turns.take(caller, never).then((end) => (served.push(caller), end));
    const loud = [ask("loud"), ask("loud"), ask("loud"), ask("loud")];
    await settled();
    expect(served).toEqual(["loud", "loud"]);
    const quiet = ask("quiet");
    const other = ask("other");
    await settled();
    expect(served).toEqual(["loud", "loud", "quiet"]);
    // The turn that is given back goes to who has had none.
    (await loud[0])?.();
    await settled();
    expect(served).toEqual(["loud", "loud", "quiet", "other"]);
    (await quiet)?.();
    (await other)?.();
    await settled();
    expect(served.slice(4)).toEqual(["loud"]);
  });

  test("are not kept for who waits no longer", async () => {
    const turns = createTurns({ inAll: 1, ofOne: 1 });
    const end = await turns.take("first", never);
    const leaving = new AbortController();
    const left = [turns.take("leaves", leaving.signal), turns.take("leaves", leaving.signal)];
    const stays = turns.take("stays", never);
    leaving.abort();
    expect(await Promise.all(left)).toEqual([null, null]);
    end?.();
    (await stays)?.();
    expect(await turns.take("leaves", never)).not.toBeNull();
  });
});
