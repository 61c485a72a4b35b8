import { devices } from "./en/devices.ts";
import { accounts } from "./en/accounts.ts";
import { customers } from "./en/customers.ts";
import { frame } from "./en/frame.ts";
import { log } from "./en/log.ts";
import { tasks } from "./en/tasks.ts";
import { imports } from "./en/imports.ts";
import { users } from "./en/users.ts";
import { parts } from "./en/parts.ts";
import { problems } from "./en/problems.ts";
import { terms } from "./en/terms.ts";

/** English, by area. */
export const en = { frame, parts, problems, terms, customers, log, users, imports, tasks, devices, accounts } as const;
