import * as z from "zod";
import { Task, TaskSummary } from "../../shared/domain/tasks/task.ts";
import { CustomerId, TaskId } from "../../shared/domain/terms/ids.ts";
import { defineArea } from "../../shared/http/contract.ts";
import { ChangeQuery, pageOf, PageQuery } from "../../shared/http/requests.ts";

const IdParams = z.strictObject({ id: TaskId });

export const tasks = defineArea("tasks", {
  listTasks: {
    route: "GET /v1/tasks",
    summary: "List tasks",
    description:
      "Lists the tasks that credentials of a customer have asked for, newest first, without their rows. A task is kept for 30 days after its end.",
    permission: "branch:read",
    branch: "query.customerId",
    query: PageQuery.extend({
      customerId: CustomerId.optional().meta({ description: "Default: the caller's own customer" }),
    }),
    success: { status: 200, body: pageOf(TaskSummary) },
    errors: ["invalid_cursor"],
    grants: ["table:BatchGetItem", "table:Query"],
  },
  getTask: {
    route: "GET /v1/tasks/{id}",
    summary: "Get a task",
    description:
      "Returns a task: how far it has come, and what became of each row of the request, in its order. It has ended once `endedAt` is set; until then, ask every few seconds.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: Task },
    errors: [],
    grants: ["table:BatchGetItem", "table:Query"],
  },
  cancelTask: {
    route: "POST /v1/tasks/{id}/cancel",
    summary: "Cancel a task",
    description:
      "Ends a task early. Rows that are being worked at are finished, those that have been done stay done, and the others are left alone; the task then has the status `cancelled`. One that has ended otherwise: 409 `task_ended`.",
    permission: "customers:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: Task },
    errors: ["task_ended", "precondition_failed"],
    grants: ["table:BatchGetItem", "table:Query", "table:PutItem", "table:UpdateItem", "table:DeleteItem"],
  },
  undoTask: {
    route: "POST /v1/tasks/{id}/undo",
    summary: "Undo a task",
    description:
      "Puts back what a task has moved, as a task of its own, for 30 days: each row goes back to where it was, as long as it still stands where the task has put it and nothing stands against it; a row that cannot says why. A merge is undone as a whole: the emptied customer is restored and gets back its accounts, contacts, subscriptions, keys and limits. What was changed otherwise since stays as it is.",
    permission: "customers:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 202, body: Task },
    errors: ["not_undoable", "move_running", "too_many", "precondition_failed"],
    grants: ["table:BatchGetItem", "table:Query", "table:PutItem"],
  },
});
