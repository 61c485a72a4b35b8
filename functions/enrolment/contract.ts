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
    summary: "Create a key by which computers enrol themselves; its token is shown once",
    permission: "devices:write",
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
    summary: "List the enrolment keys of a customer, oldest first",
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
    summary: "Revoke an enrolment key for ever; the devices that it created stay",
    permission: "devices:write",
    branch: "params.id",
    params: z.strictObject({ id: CustomerId, keyId: EnrolmentKeyId }),
    query: ChangeQuery,
    success: { status: 200, body: EnrolmentKey },
    errors: [],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
});
