import * as z from "zod";
import { AccountMoves } from "../../shared/domain/life/account-move.ts";
import { DeviceMoves } from "../../shared/domain/life/device-move.ts";
import { MovePreview } from "../../shared/domain/life/moved-account.ts";
import { CustomerMove, CustomerMoves } from "../../shared/domain/life/customer-move.ts";
import { MovedCustomer } from "../../shared/domain/life/moved-customer.ts";
import { Task } from "../../shared/domain/tasks/task.ts";
import { createErrors } from "../customers/contract.ts";
import { Customer } from "../../shared/domain/hierarchy/customer.ts";
import { CustomerMerge, CustomerSplit } from "../../shared/domain/life/merge.ts";
import { CustomerId } from "../../shared/domain/terms/ids.ts";
import { changeOfHeld, defineArea } from "../../shared/http/contract.ts";
import { ChangeQuery } from "../../shared/http/requests.ts";

/** How a request for many moves is taken. */
const MoveQuery = ChangeQuery.extend({
  partial: z.enum(["true", "false"]).optional().meta({
    description: "true: move those that can be moved, even where others cannot",
    type: "boolean",
    default: false,
  }),
});
const MoveTask = Task.extend({
  preview: MovePreview.nullable().meta({ description: "Of a dry run only" }),
}).meta({ id: "MoveTask" });

export const moves = defineArea("moves", {
  moveCustomer: {
    route: "POST /v1/customers/{id}/move",
    summary: "Move a customer",
    description:
      "Moves a customer with all below it to another parent of your branch: to another reseller, for instance, or a reseller to another distributor. It takes one moment, whatever stands below. Ids, data, keys and report subscriptions stay; from then on the levels that it has left see nothing of it any more.\n\nTry it with `dryRun=true`: the answer says what would change. A move that is not possible is refused with 409 `move_refused`, and `errors` names everything that stands against it. Limits are never raised by a move. Moving a customer to where it is changes nothing.",
    permission: "customers:write",
    branch: "params.id",
    params: z.strictObject({ id: CustomerId }),
    query: ChangeQuery,
    body: CustomerMove,
    success: { status: 200, body: MovedCustomer },
    errors: ["move_refused", "move_running", "precondition_failed", "unavailable"],
    grants: [
      "table:BatchGetItem",
      "table:PutItem",
      "table:UpdateItem",
      "table:Query",
      "table:DeleteItem",
      "table:ConditionCheckItem",
    ],
  },
  moveCustomers: {
    route: "POST /v1/customer-moves",
    summary: "Move many customers",
    description:
      "Moves up to 1,000 customers to another parent, each with all below it, as a task: `GET /v1/tasks/{id}` says how far it has come, and what became of each row. Each customer is moved in one moment, exactly once; those that come later stay where they are until then.\n\nWhere a customer is out of sight, or cannot be moved, nothing is done for any: `errors` names each row. With `partial=true` the others are moved, and such a row fails. With `dryRun=true` no task is started; the answer is the task as it would begin, with the rows that would fail. A customer that stands there already stays as it is.",
    permission: "customers:write",
    branch: "body.parentId",
    query: MoveQuery,
    body: CustomerMoves,
    success: { status: 202, body: Task },
    errors: ["invalid_ids", "move_refused", "move_running", "too_many"],
    grants: ["table:BatchGetItem", "table:PutItem", "table:Query"],
  },
  moveAccounts: {
    route: "POST /v1/account-moves",
    summary: "Move accounts to another customer",
    description:
      "Moves up to 1,000 accounts to another end-customer or site of your branch, as a task: each with its sub-accounts, devices and backup sets. Ids, logins, device tokens and data stay: data are not copied, and a device goes on storing where it has stored before. A trial ends where the account gets a `plan` that is no trial.\n\nAn account with many devices is under its new customer at once, and its devices follow within moments; whoever reads meets each of them once. A row that cannot be moved is refused with everything that stands against it; limits are never raised. Without `partial=true` nothing is done for any row then. With `dryRun=true` no task is started, and `preview` says what would change.",
    permission: "accounts:write",
    branch: "body.customerId",
    query: MoveQuery,
    body: AccountMoves,
    success: { status: 202, body: MoveTask },
    errors: ["invalid_ids", "move_refused", "move_running", "too_many"],
    grants: changeOfHeld,
  },
  moveDevices: {
    route: "POST /v1/device-moves",
    summary: "Move devices to another account",
    description:
      "Moves up to 1,000 devices with their backup sets to another account, of the same customer or of another in your branch, as a task. Ids, tokens, licences and data stay; each device is moved in one moment. What stands against a row, `partial=true` and `dryRun=true` are as with accounts.",
    permission: "devices:write",
    branch: "body.accountId",
    query: MoveQuery,
    body: DeviceMoves,
    success: { status: 202, body: MoveTask },
    errors: ["invalid_ids", "move_refused", "move_running", "too_many", "customer_deleted"],
    grants: changeOfHeld,
  },
  mergeCustomer: {
    route: "POST /v1/customers/{id}/merge",
    summary: "Merge another customer into this one",
    description:
      "Gives all accounts of another end-customer or site, or some of them, to this one, as a task. Where all go, its contacts, report subscriptions, billing-only services, API keys and enrolment keys come along, limits follow the rule that you pick (`quotas`), and the emptied customer is deleted: until its grace period ends it can be restored. An account for a plan that the target has already becomes a sub-account there.\n\nOnly customers in one storage location can be merged: data are not copied. The provider allows merging by the setting `moves.mergeAndSplit`. Try it with `dryRun=true`.",
    permission: "customers:write",
    branch: "params.id",
    params: z.strictObject({ id: CustomerId }),
    query: ChangeQuery,
    body: CustomerMerge,
    success: { status: 202, body: MoveTask },
    errors: [
      "merge_disabled",
      "invalid_ids",
      "move_refused",
      "move_running",
      "too_many",
      "customer_deleted",
      "changes_refused",
      "forbidden",
    ],
    grants: changeOfHeld,
  },
  splitCustomer: {
    route: "POST /v1/customers/{id}/split",
    summary: "Split accounts off into a new customer",
    description:
      "Creates a customer beside this one and gives it some of this one's accounts, with their sub-accounts, devices and data, as a task. The customer and the task are made in one transaction. The provider allows splitting by the setting `moves.mergeAndSplit`. Try it with `dryRun=true`.",
    permission: "customers:write",
    branch: "params.id",
    params: z.strictObject({ id: CustomerId }),
    query: ChangeQuery,
    body: CustomerSplit,
    success: { status: 202, body: z.object({ customer: Customer, task: MoveTask }).meta({ id: "CustomerSplitOff" }) },
    errors: [
      ...new Set([
        ...createErrors,
        "merge_disabled" as const,
        "invalid_ids" as const,
        "move_refused" as const,
        "move_running" as const,
        "too_many" as const,
        "customer_deleted" as const,
      ]),
    ],
    grants: changeOfHeld,
  },
});
