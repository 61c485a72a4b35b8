import * as z from "zod";
import { CustomerMove, MovedCustomer } from "../../shared/domain/life/customer-move.ts";
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
    errors: ["move_refused", "precondition_failed", "unavailable"],
    grants: ["table:BatchGetItem", "table:PutItem", "table:UpdateItem", "table:Query", "table:DeleteItem"],
  },
});
