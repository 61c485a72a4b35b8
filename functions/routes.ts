import type { Contract, Operation } from "../shared/http/contract.ts";
import { agent } from "./agent/contract.ts";
import { accounts } from "./accounts/contract.ts";
import { billing } from "./billing/contract.ts";
import { invoices } from "./invoices/contract.ts";
import { branch } from "./branch/contract.ts";
import { contacts } from "./contacts/contract.ts";
import { customers } from "./customers/contract.ts";
import { deletions } from "./deletions/contract.ts";
import { devices } from "./devices/contract.ts";
import { enrolment } from "./enrolment/contract.ts";
import { events } from "./events/contract.ts";
import { imports } from "./imports/contract.ts";
import { keys } from "./keys/contract.ts";
import { log } from "./log/contract.ts";
import { mails } from "./mails/contract.ts";
import { meta } from "./meta/contract.ts";
import { migrations } from "./migrations/contract.ts";
import { moves } from "./moves/contract.ts";
import { passkeys } from "./passkeys/contract.ts";
import { people } from "./people/contract.ts";
import { plans } from "./plans/contract.ts";
import { reports } from "./reports/contract.ts";
import { services } from "./services/contract.ts";
import { search } from "./search/contract.ts";
import { servers } from "./servers/contract.ts";
import { sets } from "./sets/contract.ts";
import { storage } from "./storage/contract.ts";
import { tasks } from "./tasks/contract.ts";
import { totp } from "./totp/contract.ts";
import { users } from "./users/contract.ts";

/** THE route table: every operation of the API by its id. Data only. */
export const routes = {
  ...meta,
  ...customers,
  ...branch,
  ...billing,
  ...invoices,
  ...search,
  ...accounts,
  ...contacts,
  ...devices,
  ...deletions,
  ...sets,
  ...enrolment,
  ...agent,
  ...plans,
  ...services,
  ...reports,
  ...events,
  ...mails,
  ...people,
  ...totp,
  ...passkeys,
  ...users,
  ...keys,
  ...storage,
  ...servers,
  ...migrations,
  ...moves,
  ...tasks,
  ...imports,
  ...log,
} satisfies Record<string, Operation<Contract>>;
export type OperationId = keyof typeof routes;
/** The operations as a list, for those who derive something from each. */
export const operations: readonly Operation[] = Object.values(routes);
