import { bringOne } from "../store/life/transits.ts";
import type { Database } from "../store/table/database.ts";
import type { WorkContext } from "../store/hierarchy/scope.ts";

/**
 * What stores are made from that bring to its new place first whatever is on its way to another customer and is to be changed. It takes a
 * twentieth of a bundle, so only those have it who change such things: operations, and tasks.
 * @param open a fresh view of the table
 */
export const bringing = <Context extends Omit<WorkContext, "db">>(
  context: Context,
  open: () => Database,
): Context & Required<Pick<WorkContext, "bringAlong">> => {
  const turn = { open, clock: context.now, random: context.random, context };
  return { ...context, bringAlong: (transit, id) => bringOne(turn, transit, id) };
};
