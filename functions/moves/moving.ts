import { refusedRow, type TaskRow } from "../../shared/domain/tasks/task.ts";
import type { DomainError } from "../../shared/domain/terms/errors.ts";
import { checkMove } from "../../shared/domain/life/customer-move.ts";
import type { CustomerRecord } from "../../shared/domain/hierarchy/customer.ts";
import type { LoadedMove, moveStore } from "../../shared/store/life/moves.ts";
import type { Write } from "../../shared/store/table/writes.ts";

type Moves = ReturnType<typeof moveStore>;

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

/** What each row would meet, told beforehand; it is found out again when its turn comes. */
export const foreseen = (refusals: readonly (DomainError | null)[]): TaskRow[] =>
  refusals.flatMap((refusal, index) => (refusal ? [refusedRow(index, refusal)] : []));
