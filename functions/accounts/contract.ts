import * as z from "zod";
import { Account, AccountInput, AccountPatch, AccountUpsert } from "../../shared/domain/accounts/account.ts";
import { AccountId, CustomerId } from "../../shared/domain/terms/ids.ts";
import { Reference } from "../../shared/domain/terms/text.ts";
import { Username } from "../../shared/domain/access/login.ts";
import { Mail, MailPreview } from "../../shared/domain/mail/mail.ts";
import { Password } from "../../shared/domain/access/password.ts";
import { changeOfHeld, defineArea, type Grant } from "../../shared/http/contract.ts";
import { ChangeQuery, deletionQuery, pageOf, PageQuery } from "../../shared/http/requests.ts";

const IdParams = z.strictObject({ id: AccountId });
const read = ["table:BatchGetItem", "table:Query"] as const satisfies Grant[];
const passwordErrors = ["password_too_weak", "mail_disabled", "address_suppressed", "not_applicable"] as const;
const planErrors = ["plan_unknown", "plan_retired", "plan_of_parent", "plan_taken", "quota_not_allowed"] as const;

const createErrors = [
  ...passwordErrors,
  ...planErrors,
  "plan_required",
  "trial_too_long",
  "login_taken",
  "external_ref_taken",
  "move_running",
  "sub_account_of_sub_account",
  "account_deleted",
  "contact_required",
  "contact_of_other_customer",
] as const;

export const accounts = defineArea("accounts", {
  createAccount: {
    route: "POST /v1/accounts",
    summary: "Create an account",
    description:
      "Creates a backup account in one of three ways: with a new customer, for an existing customer, or as a sub-account below another account. Everything that belongs to it is created in the same step.\n\nThe request is refused if the user name is taken, if the customer already has a parent account for the plan, if a quota exceeds the customer's limit, if the password is weak, or if a temporary password could not be mailed.",
    permission: "accounts:write",
    branch: ["body.parentAccountId", "body.customerId", "body.customer.parentId"],
    reference: "body.externalRef",
    query: ChangeQuery,
    body: AccountInput,
    success: { status: 201, body: Account },
    errors: [
      ...createErrors,
      "level_required",
      "level_fixed",
      "level_not_allowed",
      "name_taken",
      "location_required",
      "location_fixed",
      "location_closed",
      "service_type_not_allowed",
      "allotment_exceeded",
      "soft_limit_above_limit",
    ],
    grants: [...changeOfHeld, "seal:Encrypt"],
  },
  upsertAccount: {
    route: "PUT /v1/accounts",
    summary: "Create or update an account by external reference",
    description:
      "Creates the account with this external reference among the parent accounts of a customer, or the sub-accounts of a parent account; or updates it if it exists. Use it to keep Tenantry in step with a system of your own: sending the same request twice changes nothing.\n\nThe user name, the plan, the contact's id, the quotas and whether it is active are updated. What only a new account can be given (`password`, `mustChangePassword`, `trialDays`, `contact`) is ignored if the account exists.",
    permission: "accounts:write",
    branch: ["body.parentAccountId", "body.customerId"],
    reference: "body.externalRef",
    query: ChangeQuery,
    body: AccountUpsert,
    success: { status: 201, body: Account, description: "Created" },
    alsoSuccess: 200,
    errors: createErrors,
    grants: [...changeOfHeld, "seal:Encrypt"],
  },
  listAccounts: {
    route: "GET /v1/accounts",
    summary: "List accounts",
    description:
      "Lists the accounts of a customer, oldest first, including deleted ones until they are purged. Or finds the account with a user name, or with an external reference.",
    permission: "branch:read",
    branch: ["query.parentAccountId", "query.customerId"],
    login: "query.username",
    reference: "query.externalRef",
    query: PageQuery.extend({
      customerId: CustomerId.optional().meta({ description: "Default: the caller's own customer" }),
      username: Username.optional().meta({
        description: "The one account with this user name, anywhere in the customer's branch",
      }),
      externalRef: Reference.optional().meta({
        description: "The one parent account of the customer with this reference",
      }),
      parentAccountId: AccountId.optional().meta({
        description: "Goes with externalRef: the one sub-account of this parent account with the reference",
      }),
    }),
    success: { status: 200, body: pageOf(Account) },
    errors: ["invalid_cursor", "not_applicable"],
    grants: read,
  },
  getAccount: {
    route: "GET /v1/accounts/{id}",
    summary: "Get an account",
    description:
      "Returns an account of your branch with its contact and the values that it takes from its parent account.",
    permission: "branch:read",
    portal: true,
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: Account },
    errors: [],
    grants: read,
  },
  updateAccount: {
    route: "PATCH /v1/accounts/{id}",
    summary: "Update an account",
    description:
      "Changes an account by JSON merge patch. Changing a parent account's plan changes the plan of its sub-accounts too. Keys of end-customers cannot change what the seller decides. The login of an account changes its own user quota and nothing else, unless the settings forbid it.",
    permission: "accounts:write",
    portal: true,
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: AccountPatch,
    success: { status: 200, body: Account },
    errors: [
      ...planErrors,
      "immutable",
      "account_deleted",
      "login_taken",
      "contact_of_other_customer",
      "external_ref_taken",
      "move_running",
    ],
    grants: changeOfHeld,
  },
  deleteAccount: {
    route: "DELETE /v1/accounts/{id}",
    summary: "Delete an account",
    description:
      "Marks an account and its sub-accounts as deleted. Licences return to their pool; the user name, the plan and the data are kept until the grace period ends. Pass the user name in `confirm`. Deleting a deleted account changes nothing.",
    permission: "accounts:write",
    needsProof: true,
    branch: "params.id",
    params: IdParams,
    query: deletionQuery("The account's user name"),
    success: { status: 200, body: Account },
    errors: ["confirmation_required", "account_deleted", "move_running"],
    grants: changeOfHeld,
  },
  restoreAccount: {
    route: "POST /v1/accounts/{id}/restore",
    summary: "Restore a deleted account",
    description:
      "Restores a deleted account with its sub-accounts and devices. The request is refused after the purge, if the parent account is deleted, if the licences of its devices are no longer free, or if there is no room for its devices.",
    permission: "accounts:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 200, body: Account },
    errors: ["purged", "account_deleted", "licence_exhausted", "device_limit", "precondition_failed"],
    grants: changeOfHeld,
  },
  resetPassword: {
    route: "POST /v1/accounts/{id}/reset-password",
    summary: "Reset an account's password",
    description:
      "Replaces an account's password with a temporary one, which is mailed to the contact, or with the one that you send. The old password stops working at once.",
    permission: "accounts:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    body: z
      .strictObject({
        password: Password.optional().meta({ description: "Default: a temporary one, mailed to the contact" }),
        mustChangePassword: z
          .boolean()
          .optional()
          .meta({ description: "Default: true for a temporary password, else false" }),
      })
      .meta({ id: "PasswordReset" }),
    success: { status: 200, body: Account },
    errors: [...passwordErrors, "account_deleted"],
    grants: [...changeOfHeld, "seal:Encrypt"],
  },
  previewDetailsOfAccount: {
    route: "GET /v1/accounts/{id}/account-details",
    summary: "Preview the account details mail of an account",
    description: "Returns the mail with an account's details as it would be sent now. Nothing is sent.",
    permission: "branch:read",
    branch: "params.id",
    params: IdParams,
    success: { status: 200, body: MailPreview },
    errors: [],
    grants: read,
  },
  sendDetailsOfAccount: {
    route: "POST /v1/accounts/{id}/account-details",
    summary: "Send the account details of an account",
    description:
      "Mails an account's details to its contact. The mail holds no password, because passwords are not stored; reset the password to send a new one.",
    permission: "accounts:write",
    branch: "params.id",
    params: IdParams,
    query: ChangeQuery,
    success: { status: 202, body: Mail },
    errors: ["mail_disabled", "address_suppressed", "account_deleted"],
    grants: changeOfHeld,
  },
});
