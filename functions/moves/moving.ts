import { checkMove } from "../../shared/domain/life/customer-move.ts";
import type { CustomerRecord } from "../../shared/domain/hierarchy/customer.ts";
import type { LoadedMove, moveStore } from "../../shared/store/life/moves.ts";
import type { OpenTask } from "../../shared/store/tasks/tasks.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import type { Write } from "../../shared/store/table/writes.ts";

type Moves = ReturnType<typeof moveStore>;

/** Whether a customer stands where it is to be moved to. */
export const standsThere = ({ chain: [before], to: [target] }: LoadedMove): boolean => before.parentId === target.id;

/**
 * Works out the move of one customer: its record as it will be, and the writes; none in a preview of what nobody has counted yet, since a
 * preview cannot write.
 * @throws DomainError move_refused | unavailable
 */
export async function workOut(
  moves: Moves,
  loaded: LoadedMove,
  isPreview: boolean,
): Promise<{ after: CustomerRecord; writes: Write[] }> {
  checkMove(loaded);
  const found = isPreview ? loaded : await moves.patiently(loaded);
  if (found !== loaded) checkMove(found);
  const [before, ...parents] = found.chain;
  const record = isPreview && moves.mustBeCounted(found) ? before : await moves.counted(found);
  const move = { ...found, chain: [record, ...parents] as const };
  const after = moves.moved(move);
  return { after, writes: isPreview ? [] : await moves.writes(move, after) };
}

/** The customers that moves have to do with: those that are moved, and those that they stand under, but for what stands above both sides. */
export const aroundOf = (moves: readonly LoadedMove[]): string[] => [
  ...new Set(
    moves.flatMap(({ chain: [, ...from], to }) => {
      const above = new Set(to.map(({ id }) => id));
      const below = new Set(from.map(({ id }) => id));
      return [...from.filter(({ id }) => !above.has(id)), ...to.filter(({ id }) => !below.has(id))].map(({ id }) => id);
    }),
  ),
];

/**
 * Refuses a move that overlaps with one that is under way: of the same customers, of one that they stand under, or of one that stands around them.
 * @throws DomainError move_running, which names the task
 */
export function refuseOverlap(open: readonly OpenTask[], moves: readonly LoadedMove[]): void {
  const moved = new Set(moves.map(({ chain: [{ id }] }) => id));
  const lines = new Set(moves.flatMap(({ chain }) => chain.map(({ id }) => id)));
  const task = open.find(
    ({ payload: { ids, around } }) => ids.some((id) => lines.has(id)) || around.some((id) => moved.has(id)),
  );
  if (!task) return;
  const message = `The task ${task.id} moves the same customers, or some above or below them; wait until it has ended.`;
  throw new DomainError("move_running", message, [{ code: "move_running", path: "", message }]);
}
