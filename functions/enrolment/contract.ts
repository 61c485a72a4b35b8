import * as z from "zod";
import { EnrolmentKey, EnrolmentKeyInput, EnrolmentKeyWithToken } from "../../shared/domain/devices/enrolment.ts";
import { CustomerId, EnrolmentKeyId } from "../../shared/domain/terms/ids.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { ChangeQuery, pageOf, PageQuery } from "../../shared/http/requests.ts";

const CustomerParams = z.strictObject({ id: CustomerId });
const read = ["table:BatchGetItem"] as const satisfies Grant[];

export const enrolment = defineArea("enrolment", {
  createEnrolmentKey: {
    route: "POST /v1/customers/{id}/enrolment-keys",
    summary: "Create an enrolment key",
    description:
      "Creates a key with which computers enrol themselves, each with an account of its own. With a reseller's key, devices land in its Default Customer. The token is returned once, in this answer.",
    permission: "devices:write",
    needsProof: true,
    branch: "params.id",
    params: CustomerParams,
    query: ChangeQuery,
    body: EnrolmentKeyInput,
    success: { status: 201, body: EnrolmentKeyWithToken },
    errors: ["expiry_in_past", "not_applicable", "plan_unknown", "plan_retired"],
    grants: [...read, "table:Query", "table:PutItem"],
  },
  listEnrolmentKeys: {
    route: "GET /v1/customers/{id}/enrolment-keys",
    summary: "List enrolment keys",
    description: "Lists the enrolment keys of a customer, oldest first, without their tokens.",
    permission: "branch:read",
    branch: "params.id",
    params: CustomerParams,
    query: PageQuery,
    success: { status: 200, body: pageOf(EnrolmentKey) },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query"],
  },
  revokeEnrolmentKey: {
    route: "DELETE /v1/customers/{id}/enrolment-keys/{keyId}",
    summary: "Revoke an enrolment key",
    description:
      "Revokes an enrolment key at once and for good. Devices that enrolled with it keep working. Revoking a revoked key changes nothing.",
    permission: "devices:write",
    branch: "params.id",
    params: z.strictObject({ id: CustomerId, keyId: EnrolmentKeyId }),
    query: ChangeQuery,
    success: { status: 200, body: EnrolmentKey },
    errors: [],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
});
