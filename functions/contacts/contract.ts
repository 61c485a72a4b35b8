import * as z from "zod";
import { Contact, ContactPatch, NewContact } from "../../shared/domain/accounts/contact.ts";
import { ContactId, CustomerId } from "../../shared/domain/terms/ids.ts";
import { defineArea, type Grant } from "../../shared/http/contract.ts";
import { ChangeQuery, pageOf, PageQuery } from "../../shared/http/requests.ts";

const IdParams = z.strictObject({ id: ContactId });
const read = ["table:BatchGetItem"] as const satisfies Grant[];

export const contacts = defineArea("contacts", {
  createContact: {
    route: "POST /v1/contacts",
    summary: "Create a contact",
    description: "Creates a contact of a customer. Several accounts can share a contact.",
    permission: "accounts:write",
    branch: "body.customerId",
    query: ChangeQuery,
    body: NewContact,
    success: { status: 201, body: Contact },
    errors: [],
    grants: [...read, "table:PutItem"],
  },
  listContacts: {
    route: "GET /v1/contacts",
    summary: "List contacts",
    description: "Lists the contacts of a customer, oldest first.",
    permission: "branch:read",
    branch: "query.customerId",
    query: PageQuery.extend({
      customerId: CustomerId.optional().meta({ description: "Default: the caller's own customer" }),
    }),
    success: { status: 200, body: pageOf(Contact) },
    errors: ["invalid_cursor"],
    grants: [...read, "table:Query"],
  },
  getContact: {
    route: "GET /v1/contacts/{id}",
    summary: "Get a contact",
    description: "Returns a contact of your branch, including whether its address accepts mail.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: Contact },
    errors: [],
    grants: read,
  },
  updateContact: {
    route: "PATCH /v1/contacts/{id}",
    summary: "Update a contact",
    description: "Changes a contact by JSON merge patch, for all accounts that use it.",
    permission: "accounts:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: ContactPatch,
    success: { status: 200, body: Contact },
    errors: ["immutable"],
    grants: [...read, "table:PutItem", "table:UpdateItem"],
  },
  deleteContact: {
    route: "DELETE /v1/contacts/{id}",
    summary: "Delete a contact",
    description:
      "Deletes a contact. The request is refused while accounts use the contact, and names them. A deleted account counts until it is purged.",
    permission: "accounts:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: Contact },
    errors: ["contact_in_use"],
    grants: [...read, "table:Query", "table:PutItem", "table:DeleteItem"],
  },
  releaseContact: {
    route: "POST /v1/contacts/{id}/release",
    summary: "Release a suppressed address",
    description:
      "Allows mail to a contact's address again after it bounced. After a complaint, only the provider can release the address. If the address is not suppressed, nothing changes.",
    permission: "accounts:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: Contact },
    errors: [],
    grants: [...read, "table:PutItem", "table:UpdateItem", "table:DeleteItem"],
  },
});
