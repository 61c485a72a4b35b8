import { accounts } from "./en/accounts.ts";
import { add } from "./en/add.ts";
import { allocations } from "./en/allocations.ts";
import { contacts } from "./en/contacts.ts";
import { customers } from "./en/customers.ts";
import { deletions } from "./en/deletions.ts";
import { details } from "./en/details.ts";
import { devices } from "./en/devices.ts";
import { enrolment } from "./en/enrolment.ts";
import { frame } from "./en/frame.ts";
import { handlers } from "./en/handlers.ts";
import { imports } from "./en/imports.ts";
import { keys } from "./en/keys.ts";
import { log } from "./en/log.ts";
import { moves } from "./en/moves.ts";
import { overview } from "./en/overview.ts";
import { parts } from "./en/parts.ts";
import { plans } from "./en/plans.ts";
import { usage } from "./en/usage.ts";
import { portal } from "./en/portal.ts";
import { problems } from "./en/problems.ts";
import { profile } from "./en/profile.ts";
import { reports } from "./en/reports.ts";
import { billing } from "./en/billing.ts";
import { invoices } from "./en/invoices.ts";
import { prices } from "./en/prices.ts";
import { services } from "./en/services.ts";
import { settings } from "./en/settings.ts";
import { storage } from "./en/storage.ts";
import { tasks } from "./en/tasks.ts";
import { terms } from "./en/terms.ts";
import { trials } from "./en/trials.ts";
import { users } from "./en/users.ts";
import { watchlist } from "./en/watchlist.ts";

/** English, by area. */
export const en = {
  frame,
  parts,
  problems,
  terms,
  accounts,
  add,
  allocations,
  contacts,
  customers,
  deletions,
  details,
  devices,
  enrolment,
  handlers,
  imports,
  keys,
  log,
  moves,
  overview,
  plans,
  usage,
  portal,
  profile,
  reports,
  services,
  billing,
  invoices,
  prices,
  settings,
  storage,
  tasks,
  trials,
  users,
  watchlist,
} as const;
