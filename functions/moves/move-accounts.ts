import { accountStandsThere, checkAccountMove } from "../../shared/domain/life/account-move.ts";
import { checkIds, refusalOf, refuseAll, refuseBeside } from "../../shared/domain/life/customer-move.ts";
import { goingAccount, previewOf } from "../../shared/domain/life/moved-account.ts";
import { presentTask } from "../../shared/domain/tasks/task.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { accountMoveStore, type LoadedAccountMove } from "../../shared/store/life/account-moves.ts";
import { taskStore } from "../../shared/store/tasks/tasks.ts";
import { moves as contracts } from "./contract.ts";
import { foreseen } from "./moving.ts";

const stores = { moves: accountMoveStore, tasks: taskStore };

/**
 * Starts a task that moves accounts to another customer, each with its sub-accounts, devices and backup sets. Refuses all where one cannot be moved,
 * unless the caller asks for those that can. A dry run answers what each row would meet, and what would change.
 */
export async function moveAccounts({
  query,
  body,
  deps: { moves, tasks },
}: Input<typeof contracts.moveAccounts, typeof stores>) {
  const { ids, customerId, onSamePlan, plan } = body;
  checkIds(ids, "account");
  const opening = tasks.open();
  const found = await moves.loadAll(ids, customerId, { onSamePlan, plan });
  const to = await moves.loadTarget(customerId);
  const refusals = found.map((move) => {
    if (move instanceof DomainError) return move;
    return accountStandsThere(move) ? null : refusalOf(() => checkAccountMove(move));
  });
  if (query.partial !== "true") refuseAll(refusals, "account");
  const loaded = found.filter((move): move is LoadedAccountMove => !(move instanceof DomainError));
  const around = [...new Set([customerId, ...loaded.map(({ from }) => from[0].id)])];
  const open = await opening;
  refuseBeside(open, ids, around);
  const parameters = { customerId, onSamePlan, ...(plan !== undefined && { plan }) };
  const task = tasks.make("move_accounts", parameters, ids.length, open);
  const isPreview = query.dryRun === "true";
  const going = found.flatMap((move, index) =>
    move instanceof DomainError || accountStandsThere(move) ? [] : [goingAccount(move, `ids.${index}`)],
  );
  return {
    result: {
      ...presentTask(task, ids, isPreview ? foreseen(refusals) : []),
      preview: isPreview ? previewOf(going, to) : null,
    },
    writes: await tasks.insert(task, { ids, around }),
  };
}

export const handler = operation(contracts.moveAccounts, moveAccounts, stores);
