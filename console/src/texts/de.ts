import { devices } from "./de/devices.ts";
import { accounts } from "./de/accounts.ts";
import { customers } from "./de/customers.ts";
import { frame } from "./de/frame.ts";
import { log } from "./de/log.ts";
import { tasks } from "./de/tasks.ts";
import { imports } from "./de/imports.ts";
import { users } from "./de/users.ts";
import { parts } from "./de/parts.ts";
import { problems } from "./de/problems.ts";
import { terms } from "./de/terms.ts";
import type { Texts } from "./texts.ts";

/** German, by area. */
export const de: Texts = { frame, parts, problems, terms, customers, log, users, imports, tasks, devices, accounts };
