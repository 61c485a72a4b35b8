import type { KnownCode } from "./operations.ts";
import type { FieldProblem, TenantryError } from "./problem.ts";

/** What to do about a problem, where its status alone does not tell. */
const adviceByCode: Partial<Record<KnownCode, string>> = {
  unauthenticated: "The key may be wrong, expired or revoked.",
  invalid_cursor: "Start again with the first page.",
  credential_superseded: "Use the key that replaced it.",
  wrong_password: "Check the user name and the password.",
  code_required: "Send the code of your authenticator app too.",
  wrong_code: "Wait for the next code and try again.",
  wrong_passkey: "Use another passkey, or log in with a password.",
  passkey_copied: "Remove that passkey and register a new one.",
  password_change_required: "Change your password first.",
  branch_deactivated: "Have your customer activated again; until then you can only read.",
  second_factor_required: "Set up a second factor first.",
  proof_required: "Log in again, or confirm your password or passkey, within the last ten minutes.",
  last_admin: "Give another user the role admin first.",
  own_access: "Ask another administrator to do it.",
  link_invalid: "Ask for a new link.",
  name_taken: "Choose another name.",
  login_taken: "Choose another user name.",
  external_ref_taken: "Use another reference, or change the one that has it.",
  machine_taken: "Use the device that this computer already has.",
  plan_taken: "Use another plan, or create a sub-account.",
  too_many: "Delete one that is not needed any more.",
  move_running: "Wait until the move has ended; `GET /v1/tasks` shows its progress.",
  licence_exhausted: "Raise the licences of the customer, or free one.",
  space_exceeded: "Raise the limit of the target, or move less.",
  allotment_exceeded: "Ask for less, or raise the limit of the level above.",
  limit_below_committed: "Choose a higher limit, or take back first what is allotted below.",
  soft_limit_above_limit: "Choose a soft limit that is not above the limit.",
  device_limit: "Raise the device limit of the customer, or delete a device.",
  customer_deleted: "Restore the customer first.",
  account_deleted: "Restore the account first.",
  device_deleted: "Restore the device first.",
  second_person_needed: "Have another person approve it.",
  contact_in_use: "Give its accounts another contact first.",
  server_in_use: "Choose another storage server for its customers first.",
  conflict: "Others are changing it at the moment; try again.",
  precondition_failed: "Somebody has changed it since; read it again and repeat the change.",
  idempotency_key_reused: "Send another request with another Idempotency-Key.",
  payload_too_large: "Send less at a time.",
  level_required: "Say which level it gets.",
  level_not_allowed: "Choose another level or another parent.",
  confirmation_required: "Repeat its name exactly to confirm.",
  location_required: "Name a storage location.",
  plan_required: "Name a service plan.",
  plan_unknown: "Choose one of the plans that `GET /v1/service-plans` lists.",
  plan_retired: "Choose a plan that is not retired.",
  contact_required: "Name a contact, or send a new one along.",
  password_too_weak: "Choose a longer password that is harder to guess.",
  mail_disabled: "Enable mail in the settings of the customer, or set a password yourself.",
  address_suppressed: "Use another address, or release the contact.",
  service_type_not_allowed: "Choose a service type that the parent offers.",
  deletion_limit: "Wait an hour, or have another credential delete more.",
};

/** What to do about a problem that is not in the list above. */
function adviceByStatus({ status, retryAfter }: TenantryError): string {
  const later = retryAfter === null ? "in a moment" : `in ${Math.max(1, Math.ceil(retryAfter))} s`;
  if (status === 401) return "Log in again, or use another key.";
  if (status === 403) return "Use a key or a user whose role allows it.";
  if (status === 404) return "Check the id, and that it lies in your branch.";
  if (status === 410) return "It cannot be brought back.";
  if (status === 429) return `Try again ${later}.`;
  if (status === 503) return `Try again ${later}.`;
  if (status >= 500) return `Try again ${later}; if it goes on, tell whoever runs the service.`;
  if (status === 409) return "Look at what is there now, and change the request.";
  return "Correct the request and send it again.";
}

const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** A field and what is wrong with it, as a part of a sentence. */
const fault = ({ path, message }: FieldProblem): string =>
  `${path}${/^(?:is|are|must|may|has|can)\b/.test(message) ? "" : ":"} ${message.replace(/\.$/, "")}`;

/**
 * Says in words for people what was refused, which field is at fault and why, what to do, and the id of the request.
 * @example `The name "Post" is taken. Choose another name. (field name, request req_01JZ…)`
 */
export function explain(error: TenantryError): string {
  const { message, code, errors, requestId } = error;
  const named = errors.filter(({ path }) => path !== "");
  const faults = named.filter((one) => one.message !== "" && one.message !== message).map(fault);
  // The general sentence of an invalid request only says that its fields tell more.
  const said = code === "invalid_request" && faults.length > 0 ? [] : [ended(message)];
  const advice = (adviceByCode as Partial<Record<string, string>>)[code] ?? adviceByStatus(error);
  // A message that is about one field does not always name it.
  const field = faults.length === 0 && named.length === 1 ? [`field ${named[0]?.path}`] : [];
  const about = [...field, ...(requestId === null ? [] : [`request ${requestId}`])];
  return [
    ...said,
    ...(faults.length > 0 ? [`${faults.join("; ")}.`] : []),
    advice,
    ...(about.length > 0 ? [`(${about.join(", ")})`] : []),
  ].join(" ");
}
