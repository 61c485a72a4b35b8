import { accounts } from "./de/accounts.ts";
import { add } from "./de/add.ts";
import { allocations } from "./de/allocations.ts";
import { contacts } from "./de/contacts.ts";
import { customers } from "./de/customers.ts";
import { deletions } from "./de/deletions.ts";
import { details } from "./de/details.ts";
import { devices } from "./de/devices.ts";
import { enrolment } from "./de/enrolment.ts";
import { frame } from "./de/frame.ts";
import { handlers } from "./de/handlers.ts";
import { imports } from "./de/imports.ts";
import { keys } from "./de/keys.ts";
import { log } from "./de/log.ts";
import { moves } from "./de/moves.ts";
import { overview } from "./de/overview.ts";
import { parts } from "./de/parts.ts";
import { plans } from "./de/plans.ts";
import { usage } from "./de/usage.ts";
import { portal } from "./de/portal.ts";
import { problems } from "./de/problems.ts";
import { profile } from "./de/profile.ts";
import { reports } from "./de/reports.ts";
import { billing } from "./de/billing.ts";
import { invoices } from "./de/invoices.ts";
import { prices } from "./de/prices.ts";
import { services } from "./de/services.ts";
import { settings } from "./de/settings.ts";
import { storage } from "./de/storage.ts";
import { tasks } from "./de/tasks.ts";
import { terms } from "./de/terms.ts";
import { trials } from "./de/trials.ts";
import { users } from "./de/users.ts";
import { watchlist } from "./de/watchlist.ts";
import type { Texts } from "./texts.ts";

/** German, by area. */
export const de: Texts = {
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
};
