import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { inOrder } from "../../../shared/domain/terms/in-order.ts";

const late = async (name: string): Promise<never> => {
  await delay(5);
  throw new Error(name);
};
const atOnce = (name: string): Promise<never> => Promise.reject(new Error(name));

test("several answers come back in their order, each of its own type", async () => {
  const [one, two] = await inOrder([delay(5).then(() => 1), "two"]);
  expect([one.toFixed(), two.length]).toEqual(["1", 3]);
});

test("of several refusals the first of the list is told, also where it comes last", async () => {
  await expect(inOrder([late("first"), atOnce("second")])).rejects.toThrow("first");
  await expect(inOrder([Promise.resolve(1), late("second"), atOnce("third")])).rejects.toThrow("second");
});
