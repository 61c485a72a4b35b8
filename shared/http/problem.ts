import * as z from "zod";
import { DomainError, type ErrorCode, type FieldError } from "../domain/terms/errors.ts";

/** Status and title of every code. The compiler refuses a code without them. */
export const problems = {
  malformed_json: { status: 400, title: "The body is not JSON" },
  invalid_request: { status: 400, title: "The request is not valid" },
  invalid_cursor: { status: 400, title: "The cursor is not valid" },
  unauthenticated: { status: 401, title: "A valid credential is needed" },
  credential_superseded: { status: 401, title: "Another computer has enrolled as this device" },
  wrong_password: { status: 401, title: "The user name or the password is wrong" },
  forbidden: { status: 403, title: "Not allowed" },
  cross_site_request: { status: 403, title: "The request comes from another site" },
  password_change_required: { status: 403, title: "The password must be changed" },
  branch_deactivated: { status: 403, title: "Your branch is deactivated" },
  second_factor_required: { status: 403, title: "A second factor is needed" },
  proof_required: { status: 403, title: "Prove again who you are" },
  code_required: { status: 401, title: "A code of the second factor is needed" },
  wrong_code: { status: 401, title: "The code is wrong" },
  wrong_passkey: { status: 401, title: "The passkey does not count" },
  passkey_copied: { status: 401, title: "There is a copy of the passkey" },
  last_admin: { status: 409, title: "The provider needs an administrator" },
  own_access: { status: 409, title: "You cannot do this to yourself" },
  link_invalid: { status: 410, title: "The link does not work any more" },
  not_found: { status: 404, title: "Not found" },
  method_not_allowed: { status: 405, title: "The method is not allowed here" },
  name_taken: { status: 409, title: "The name is taken" },
  file_unreadable: { status: 422, title: "The file cannot be read" },
  external_ref_taken: { status: 409, title: "The external reference is taken" },
  not_deleted: { status: 409, title: "It is not deleted" },
  move_running: { status: 409, title: "Accounts are being moved" },
  task_ended: { status: 409, title: "The task has ended" },
  move_refused: { status: 409, title: "The customer cannot be moved there" },
  move_below_itself: { status: 409, title: "A customer cannot stand below itself" },
  target_inactive: { status: 409, title: "The target is deactivated" },
  space_exceeded: { status: 409, title: "There is not enough space" },
  purge_not_requested: { status: 409, title: "Nobody has requested an early purge" },
  second_person_needed: { status: 409, title: "A second person has to approve" },
  licence_exhausted: { status: 409, title: "No licence is free" },
  customer_deleted: { status: 409, title: "The customer is deleted" },
  default_customer: { status: 409, title: "The Default Customer stays with its reseller" },
  provider_permanent: { status: 409, title: "The provider cannot be deleted" },
  provider_exists: { status: 409, title: "The installation already has a provider" },
  grant_expired: { status: 409, title: "The leave to back up has expired" },
  not_available_for_cloud_storage: { status: 409, title: "Not for customers of the provider's storage" },
  server_in_use: { status: 409, title: "The storage server is in use" },
  storage_location_differs: { status: 409, title: "The data lie in another storage location" },
  undo_conflict: { status: 409, title: "It has changed since" },
  not_undoable: { status: 409, title: "There is nothing to undo" },
  data_shared: { status: 409, title: "Devices share data" },
  merge_disabled: { status: 409, title: "Merging and splitting is switched off" },
  storage_server_differs: { status: 409, title: "The data lie on another storage server" },
  storage_server_required: { status: 409, title: "The customer has no storage server" },
  replication_to_itself: { status: 409, title: "The data would be copied to where they lie" },
  migration_open: { status: 409, title: "A seed migration has not ended" },
  migration_step_not_next: { status: 409, title: "The step is not possible now" },
  migration_outdated: { status: 409, title: "The customer's storage server has changed" },
  url_not_allowed: { status: 422, title: "The URL is not reachable for everybody" },
  data_stored: { status: 409, title: "Data may be stored" },
  currency_unknown: { status: 422, title: "There is no such currency" },
  price_negative: { status: 422, title: "A price is below 0" },
  tiers_overlap: { status: 422, title: "Tiers of a price overlap" },
  tiers_unordered: { status: 422, title: "Tiers of a price are not in order" },
  discount_over_100: { status: 422, title: "The discount is over 100 per cent" },
  tax_over_100: { status: 422, title: "The tax is over 100 per cent" },
  tax_not_exempt: { status: 422, title: "What is exempt from tax has none" },
  versions_overlap: { status: 422, title: "Two sets of prices begin on the same day" },
  prices_in_force: { status: 409, title: "The prices are in force" },
  period_open: { status: 409, title: "The period is not over" },
  invoice_blocked: { status: 409, title: "The invoice cannot be issued" },
  invoice_issued: { status: 409, title: "The invoice has been issued" },
  invoice_state: { status: 409, title: "The invoice is in another state" },
  number_out_of_order: { status: 409, title: "Later invoices have been numbered" },
  service_type_in_use: { status: 409, title: "The service type is in use" },
  login_taken: { status: 409, title: "The user name is taken" },
  plan_taken: { status: 409, title: "The customer has a parent account for this plan" },
  account_deleted: { status: 409, title: "The account is deleted" },
  contact_in_use: { status: 409, title: "The contact is in use" },
  report_too_large: { status: 409, title: "The report is too large to be shown" },
  too_many: { status: 409, title: "The maximum number is reached" },
  device_limit: { status: 409, title: "The customer has as many devices as it may" },
  device_deleted: { status: 409, title: "The device is deleted" },
  device_replaced: { status: 409, title: "Another device has taken over what this one had" },
  nothing_stored: { status: 409, title: "Nothing is stored that could be restored" },
  device_not_pending: { status: 409, title: "The device is not waiting for approval" },
  machine_taken: { status: 409, title: "The computer is a device of another account" },
  key_in_use: { status: 409, title: "The key is in use" },
  conflict: { status: 409, title: "Changed by somebody else at the same time" },
  purged: { status: 410, title: "Removed for good" },
  precondition_failed: { status: 412, title: "The version is not the current one" },
  payload_too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "The content type is not supported" },
  idempotency_key_reused: { status: 422, title: "The idempotency key belongs to another request" },
  level_required: { status: 422, title: "The level is missing" },
  level_fixed: { status: 422, title: "The level is fixed" },
  level_not_allowed: { status: 422, title: "The level is not possible here" },
  confirmation_required: { status: 422, title: "The deletion is not confirmed" },
  not_applicable: { status: 422, title: "Does not apply here" },
  immutable: { status: 422, title: "Cannot be changed" },
  location_required: { status: 422, title: "A storage location must be chosen" },
  location_fixed: { status: 422, title: "The storage location follows from the country" },
  location_closed: { status: 409, title: "The storage location takes no new customers" },
  service_type_not_allowed: { status: 422, title: "The service type is not provided here" },
  allotment_exceeded: { status: 422, title: "Not enough is free" },
  limit_below_committed: { status: 422, title: "More than this is already committed" },
  soft_limit_above_limit: { status: 422, title: "The soft limit exceeds the limit" },
  changes_refused: { status: 422, title: "Some of the changes are not possible" },
  setting_not_narrower: { status: 422, title: "The setting is wider than what is inherited" },
  plan_required: { status: 422, title: "The service plan is missing" },
  plan_unknown: { status: 422, title: "There is no such service plan" },
  plan_retired: { status: 422, title: "The service plan is retired" },
  plan_of_parent: { status: 422, title: "A sub-account has its parent's plan" },
  sub_account_of_sub_account: { status: 422, title: "A sub-account cannot have sub-accounts" },
  contact_required: { status: 422, title: "The contact is missing" },
  contact_of_other_customer: { status: 422, title: "The contact belongs to another customer" },
  quota_not_allowed: { status: 422, title: "The quota is not possible" },
  trial_too_long: { status: 422, title: "The trial is longer than the settings allow" },
  trial_extended: { status: 422, title: "The trial was extended before" },
  password_too_weak: { status: 422, title: "The password is too easy to guess" },
  mail_disabled: { status: 422, title: "Mail is switched off" },
  address_suppressed: { status: 422, title: "The address takes no mail" },
  invalid_event_handler: { status: 422, title: "The event handler is not possible" },
  invalid_subscription: { status: 422, title: "The subscription is not possible" },
  invalid_ids: { status: 422, title: "The list of ids is not possible" },
  invalid_figure: { status: 422, title: "The figure is not possible" },
  invalid_time: { status: 422, title: "The time is not possible" },
  role_not_allowed: { status: 422, title: "You cannot assign this role" },
  networks_not_allowed: { status: 422, title: "You cannot give access from these networks" },
  expiry_in_past: { status: 422, title: "The expiry has passed" },
  deletion_limit: { status: 429, title: "Too many deletions" },
  rate_limited: { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "Something went wrong on our side" },
  unavailable: { status: 503, title: "Temporarily unavailable" },
} as const satisfies Record<ErrorCode, { status: number; title: string }>;

/** RFC 9457 problem document; `code` is stable. */
export const Problem = z
  .object({
    type: z.string().meta({ description: "URI of the kind of problem" }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().meta({ description: "Stable, for programs" }),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string(), code: z.string().optional() })),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof Problem>;

/** An HTTP answer as API Gateway takes it (payload format 2.0). */
export interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  /** `Set-Cookie` headers. */
  cookies?: string[];
  /** true: `body` holds bytes in Base64. */
  isBase64Encoded?: boolean;
}

/** Turns any error into a problem document. What is not a DomainError says nothing but the request's id. */
export function toProblem(error: unknown, requestId: string): Answer {
  const known =
    error instanceof DomainError
      ? error
      : new DomainError("internal", "An unexpected error occurred; quote the request id.");
  const { status, title } = problems[known.code];
  const errors: FieldError[] = [...known.errors];
  const body: Problem = {
    type: `urn:tenantry:problem:${known.code}`,
    title,
    status,
    detail: known.message,
    code: known.code,
    requestId,
    errors,
  };
  return {
    statusCode: status,
    headers: {
      "content-type": "application/problem+json",
      ...(known.retryAfter !== undefined && { "retry-after": String(known.retryAfter) }),
      ...(status === 401 && { "www-authenticate": 'Bearer realm="tenantry"' }),
    },
    body: JSON.stringify(body),
  };
}
