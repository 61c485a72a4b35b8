import { accountFindings, accountStandsThere, weightOf } from "../../shared/domain/life/account-move.ts";
import { refuseBeside } from "../../shared/domain/life/customer-move.ts";
import {
  checkAccountIds,
  checkEnabled,
  checkMerge,
  type Merge,
  mergeFindings,
  limitsAhead,
  limitsOf,
  mergedLimits,
  withMergedLimits,
} from "../../shared/domain/life/merge.ts";
import { goingAccount, previewOf } from "../../shared/domain/life/moved-account.ts";
import { presentTask } from "../../shared/domain/tasks/task.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { accountMoveStore, type LoadedAccountMove } from "../../shared/store/life/account-moves.ts";
import { taskStore } from "../../shared/store/tasks/tasks.ts";
import { moves as contracts } from "./contract.ts";

const stores = { moves: accountMoveStore, customers: customerStore, tasks: taskStore };

const sumOf = (loaded: readonly LoadedAccountMove[]): Merge["weight"] =>
  loaded.map(weightOf).reduce(
    (sum, one) => ({
      devices: sum.devices + one.devices,
      licences: sum.licences + one.licences,
      licencesToDate: sum.licencesToDate + one.licencesToDate,
      usedBytes: sum.usedBytes + one.usedBytes,
    }),
    { devices: 0, licences: 0, licencesToDate: 0, usedBytes: 0 },
  );

/**
 * Starts a task that gives accounts of one customer to another. Where all go, contacts, report subscriptions and keys come along, limits follow
 * the rule that the caller has picked, and the emptied customer is deleted with its grace. Refuses the whole with everything that stands against it.
 */
export async function mergeCustomer({
  params,
  query,
  body,
  deps: { moves, customers, tasks },
}: Input<typeof contracts.mergeCustomer, typeof stores>) {
  const { fromCustomerId, accountIds, quotas, onSamePlan } = body;
  checkAccountIds(accountIds ?? []);
  const opening = tasks.open();
  const to = await customers.loadLive(params.id);
  const from = await customers.loadLive(fromCustomerId);
  checkEnabled(to);
  const { leads, hasSites, hasWaiting } = await moves.emptying(fromCustomerId);
  const ids = accountIds ?? leads;
  const isWhole = leads.every((id) => ids.includes(id)) && accountIds === undefined;
  if (isWhole) customers.refuseOnOwn(from[0], "The deletion");
  const found = await moves.loadAll(ids, params.id, { onSamePlan });
  const foreign = found.flatMap((move, index) => {
    if (move instanceof DomainError) return [{ code: move.code, path: `accountIds.${index}`, message: move.message }];
    return move.from[0].id === fromCustomerId
      ? []
      : [
          {
            code: "not_applicable" as const,
            path: `accountIds.${index}`,
            message: `It is no account of ${from[0].name}.`,
          },
        ];
  });
  if (foreign.some(({ code }) => code === "not_found"))
    throw new DomainError("not_found", "No such account; `errors` says which.", foreign);
  const loaded = found.filter((move): move is LoadedAccountMove => !(move instanceof DomainError));
  const merge: Merge = { from, to, isWhole, quotas, hasSites, hasWaiting, weight: sumOf(loaded) };
  const there = withMergedLimits(merge);
  checkMerge([
    ...mergeFindings(merge),
    ...foreign,
    ...loaded.flatMap((move) =>
      accountStandsThere(move)
        ? []
        : accountFindings({ ...move, to: there }).map(({ path, ...rest }) => ({
            ...rest,
            path: `accounts.${move.account.id}${path === "" ? "" : `.${path}`}`,
          })),
    ),
  ]);
  const final = mergedLimits(quotas, from[0], to[0]);
  const isAhead = isWhole && limitsAhead(final, to[0]).length > 0;
  const around = [params.id, fromCustomerId];
  const open = await opening;
  refuseBeside(open, ids, around);
  // The target itself stands for its limits, and the other customer for all that is left of it.
  const rows = [...(isAhead ? [params.id] : []), ...ids, ...(isWhole ? [fromCustomerId] : [])];
  const parameters = {
    customerId: params.id,
    fromCustomerId,
    quotas: isWhole ? quotas : ("keep" as const),
    onSamePlan,
    _limits: JSON.stringify(final),
    _before: JSON.stringify({ from: limitsOf(from[0]), to: limitsOf(to[0]) }),
  };
  const task = tasks.make("merge_customers", parameters, rows.length, open);
  const going = loaded.map((move, index) => goingAccount(move, `accountIds.${index}`));
  return {
    result: {
      ...presentTask(task, rows, []),
      preview: query.dryRun === "true" ? previewOf(going, to) : null,
    },
    writes: await tasks.insert(task, { ids: rows, around }),
  };
}

export const handler = operation(contracts.mergeCustomer, mergeCustomer, stores);
