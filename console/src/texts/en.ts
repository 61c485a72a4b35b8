import { accounts } from "./en/accounts.ts";
import { add } from "./en/add.ts";
import { allocations } from "./en/allocations.ts";
import { contacts } from "./en/contacts.ts";
import { trials } from "./en/trials.ts";
import { enrolment } from "./en/enrolment.ts";
import { watchlist } from "./en/watchlist.ts";
import { customers } from "./en/customers.ts";
import { details } from "./en/details.ts";
import { devices } from "./en/devices.ts";
import { frame } from "./en/frame.ts";
import { imports } from "./en/imports.ts";
import { log } from "./en/log.ts";
import { moves } from "./en/moves.ts";
import { overview } from "./en/overview.ts";
import { parts } from "./en/parts.ts";
import { problems } from "./en/problems.ts";
import { settings } from "./en/settings.ts";
import { tasks } from "./en/tasks.ts";
import { deletions } from "./en/deletions.ts";
import { services } from "./en/services.ts";
import { plans } from "./en/plans.ts";
import { terms } from "./en/terms.ts";
import { users } from "./en/users.ts";

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
  details,
  devices,
  imports,
  log,
  moves,
  overview,
  settings,
  tasks,
  users,
  deletions,
  services,
  plans,
  trials,
  enrolment,
  watchlist,
} as const;
