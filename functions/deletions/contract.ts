import * as z from "zod";
import { Deletion } from "../../shared/domain/life/deletion.ts";
import { DeletionId } from "../../shared/domain/terms/ids.ts";
import { line } from "../../shared/domain/terms/text.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { ChangeQuery } from "../../shared/http/requests.ts";

const IdParams = z.strictObject({ id: DeletionId });
const change = ["table:BatchGetItem", "table:PutItem", "table:UpdateItem"] as const satisfies Grant[];

export const deletions = defineArea("deletions", {
  getDeletion: {
    route: "GET /v1/deletions/{id}",
    summary: "Get a deletion",
    description: "Returns what was deleted, by whom, and what has become of it.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: Deletion },
    errors: [],
    grants: ["table:BatchGetItem"],
  },
  requestPurge: {
    route: "POST /v1/deletions/{id}/purge",
    summary: "Request an early purge",
    description:
      "Asks to remove deleted data for good before the grace period ends. Nothing is removed until support approves. A new request replaces an earlier one.",
    permission: "customers:write",
    needsProof: true,
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: z.strictObject({ reason: line(500) }).meta({ id: "PurgeRequest" }),
    success: { status: 202, body: Deletion },
    errors: ["purged", "not_deleted"],
    grants: change,
  },
  approvePurge: {
    route: "POST /v1/deletions/{id}/approve-purge",
    summary: "Approve an early purge",
    description:
      "Approves a request to remove deleted data for good now. A second person must approve: the credential that made the request, and keys that it created, are refused.",
    permission: "support:write",
    needsProof: true,
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: Deletion },
    errors: ["purged", "not_deleted", "purge_not_requested", "second_person_needed"],
    grants: change,
  },
});
