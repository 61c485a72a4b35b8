/** Every refusal that Tenantry can give, as stable codes. `http/problem.ts` maps each to a status; clients may rely on them. */
export type ErrorCode =
  // the request itself
  | "malformed_json"
  | "invalid_request"
  | "invalid_cursor"
  | "unauthenticated"
  | "credential_superseded"
  | "forbidden"
  | "cross_site_request"
  | "password_change_required"
  | "second_factor_required"
  | "proof_required"
  | "branch_deactivated"
  | "code_required"
  | "wrong_code"
  | "wrong_passkey"
  | "passkey_copied"
  | "last_admin"
  | "own_access"
  | "link_invalid"
  | "not_found"
  | "method_not_allowed"
  | "precondition_failed"
  | "payload_too_large"
  | "unsupported_media_type"
  | "idempotency_key_reused"
  | "rate_limited"
  | "task_ended"
  // rules of the hierarchy
  | "level_required"
  | "level_fixed"
  | "level_not_allowed"
  | "name_taken"
  | "external_ref_taken"
  | "file_unreadable"
  | "customer_deleted"
  | "default_customer"
  | "provider_permanent"
  | "provider_exists"
  | "not_deleted"
  | "purged"
  | "move_running"
  | "move_refused"
  | "invalid_ids"
  | "move_below_itself"
  | "target_inactive"
  | "space_exceeded"
  | "deletion_limit"
  | "purge_not_requested"
  | "second_person_needed"
  | "confirmation_required"
  | "not_applicable"
  | "immutable"
  // storage and service type
  | "location_required"
  | "location_fixed"
  | "location_closed"
  | "grant_expired"
  | "not_available_for_cloud_storage"
  | "server_in_use"
  | "storage_server_required"
  | "storage_server_differs"
  | "storage_location_differs"
  | "merge_disabled"
  | "data_shared"
  | "undo_conflict"
  | "not_undoable"
  | "replication_to_itself"
  | "migration_open"
  | "migration_step_not_next"
  | "migration_outdated"
  | "url_not_allowed"
  | "data_stored"
  | "service_type_not_allowed"
  | "service_type_in_use"
  // allowances and settings
  | "allotment_exceeded"
  | "limit_below_committed"
  | "soft_limit_above_limit"
  | "changes_refused"
  | "setting_not_narrower"
  // accounts, contacts, plans
  | "login_taken"
  | "plan_required"
  | "plan_unknown"
  | "plan_retired"
  | "plan_taken"
  | "plan_of_parent"
  | "sub_account_of_sub_account"
  | "account_deleted"
  | "contact_required"
  | "contact_in_use"
  | "contact_of_other_customer"
  | "quota_not_allowed"
  | "trial_too_long"
  | "trial_extended"
  | "password_too_weak"
  | "wrong_password"
  | "mail_disabled"
  | "address_suppressed"
  | "too_many"
  // devices
  | "device_limit"
  | "device_deleted"
  | "device_replaced"
  | "device_not_pending"
  | "nothing_stored"
  | "licence_exhausted"
  | "machine_taken"
  | "invalid_subscription"
  | "invalid_event_handler"
  | "invalid_figure"
  | "invalid_time"
  | "report_too_large"
  // billing
  | "currency_unknown"
  | "price_negative"
  | "tiers_overlap"
  | "tiers_unordered"
  | "discount_over_100"
  | "tax_over_100"
  | "tax_not_exempt"
  | "versions_overlap"
  | "prices_in_force"
  | "period_open"
  | "invoice_blocked"
  | "invoice_issued"
  | "invoice_state"
  | "number_out_of_order"
  // keys
  | "role_not_allowed"
  | "networks_not_allowed"
  | "expiry_in_past"
  | "key_in_use"
  // the service itself
  | "conflict"
  | "unavailable"
  | "internal";

/** One complaint about one place of the request; `path` is dotted (`space.limitBytes`), empty for the whole. */
export interface FieldError {
  path: string;
  message: string;
  code?: string;
}

/** What a rule says no with. The pipeline turns it into a problem document; nothing is written. */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[];
  /** Seconds until a retry makes sense (429, 503). */
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, detail: string, errors: readonly FieldError[] = [], retryAfter?: number) {
    super(detail);
    this.name = "DomainError";
    this.code = code;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}

/** A refusal that one field of the request causes. */
export const refuse = (code: ErrorCode, path: string, message: string): DomainError =>
  new DomainError(code, message, [{ path, message, code }]);

/** The one answer for what does not exist and for what lies outside the caller's branch: they must look the same. */
export const notFound = (what = "resource"): DomainError => new DomainError("not_found", `No such ${what}.`);
