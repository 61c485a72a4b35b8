import * as z from "zod";
import { CustomerMove, CustomerMoves } from "../../shared/domain/life/customer-move.ts";
import { MovedCustomer } from "../../shared/domain/life/moved-customer.ts";
import { Task } from "../../shared/domain/tasks/task.ts";
import { CustomerId } from "../../shared/domain/terms/ids.ts";
import { defineArea } from "../../shared/http/contract.ts";
import { ChangeQuery } from "../../shared/http/requests.ts";

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
    query: ChangeQuery.extend({
      partial: z.enum(["true", "false"]).optional().meta({
        description: "true: move those that can be moved, even where others cannot",
        type: "boolean",
        default: false,
      }),
    }),
    body: CustomerMoves,
    success: { status: 202, body: Task },
    errors: ["invalid_ids", "move_refused", "move_running", "too_many"],
    grants: ["table:BatchGetItem", "table:PutItem", "table:Query"],
  },
});
