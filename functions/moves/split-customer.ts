import { accountFindings } from "../../shared/domain/life/account-move.ts";
import { refuseBeside } from "../../shared/domain/life/customer-move.ts";
import { checkAccountIds, checkEnabled } from "../../shared/domain/life/merge.ts";
import { goingAccount, previewOf } from "../../shared/domain/life/moved-account.ts";
import { presentTask } from "../../shared/domain/tasks/task.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { accountMoveStore, type LoadedAccountMove } from "../../shared/store/life/account-moves.ts";
import { subscriptionStore } from "../../shared/store/reports/subscriptions.ts";
import { taskStore } from "../../shared/store/tasks/tasks.ts";
import { creation } from "../customers/create-customer.ts";
import { moves as contracts } from "./contract.ts";

const stores = {
  moves: accountMoveStore,
  customers: customerStore,
  subscriptions: subscriptionStore,
  tasks: taskStore,
};

/** Of accounts that had one parent account, the first becomes the new customer's, and the others its sub-accounts. */
const onSamePlan = "sub-account";

/**
 * Creates a customer beside another one and starts the task that gives it accounts of that one, both in one transaction. Refuses the whole with
 * everything that stands against it.
 */
export async function splitCustomer({
  params,
  query,
  body,
  deps: { moves, customers, subscriptions, tasks },
}: Input<typeof contracts.splitCustomer, typeof stores>) {
  const { accountIds } = body;
  checkAccountIds(accountIds);
  const opening = tasks.open();
  const from = await customers.loadLive(params.id);
  checkEnabled(from);
  const parentId = body.customer.parentId ?? from[0].parentId;
  if (parentId === null) throw new DomainError("level_not_allowed", "The provider has no accounts.");
  customers.refuseOnOwn(from[0], "A customer beside it");
  const parents = await customers.loadLive(parentId);
  const made = creation({ customers, subscriptions }, { ...body.customer, parentId }, parents);
  const [record, parent, ...above] = made.chain;
  if (!parent) throw new Error("A new customer has a parent.");
  const to = [record, parent, ...above] as const;
  const found = await moves.loadAll(accountIds, record.id, { onSamePlan }, to);
  const findings = found.flatMap((move, index) => {
    const at = (path: string): string => `accountIds.${index}${path === "" ? "" : `.${path}`}`;
    if (move instanceof DomainError) return [{ code: move.code, path: at(""), message: move.message }];
    return move.from[0].id === params.id
      ? accountFindings(move).map(({ path, ...rest }) => ({ ...rest, path: at(path) }))
      : [{ code: "not_applicable" as const, path: at(""), message: `It is no account of ${from[0].name}.` }];
  });
  if (findings.some(({ code }) => code === "not_found"))
    throw new DomainError("not_found", "No such account; `errors` says which.", findings);
  if (findings.length > 0)
    throw new DomainError("move_refused", "The accounts cannot be split off; `errors` says why.", findings);
  const around = [params.id, record.id];
  const open = await opening;
  refuseBeside(open, accountIds, around);
  const parameters = { customerId: record.id, onSamePlan, fromCustomerId: params.id };
  const task = tasks.make("move_accounts", parameters, accountIds.length, open);
  const loaded = found.filter((move): move is LoadedAccountMove => !(move instanceof DomainError));
  const going = loaded.map((move, index) => goingAccount(move, `accountIds.${index}`));
  return {
    result: {
      customer: made.result,
      task: {
        ...presentTask(task, accountIds, []),
        preview: query.dryRun === "true" ? previewOf(going, to) : null,
      },
    },
    writes: [...made.writes, ...(await tasks.insert(task, { ids: accountIds, around }))],
  };
}

export const handler = operation(contracts.splitCustomer, splitCustomer, stores);
