import { readFileSync } from "node:fs";
import { styleText } from "node:util";
import completion from "@bomb.sh/tab/commander";
import { Command } from "commander";
import { addAccounts } from "./commands/accounts.ts";
import { addCounts } from "./commands/counts.ts";
import { addCustomers } from "./commands/customers.ts";
import { addDemo } from "./commands/demo.ts";
import { addDevices } from "./commands/devices.ts";
import { addExport } from "./commands/export.ts";
import { addImport } from "./commands/import.ts";
import { addLog } from "./commands/log.ts";
import { addLogin } from "./commands/login.ts";
import { addMail } from "./commands/mail.ts";
import { addReports } from "./commands/reports.ts";
import { addSearch } from "./commands/search.ts";
import { addTree } from "./commands/tree.ts";
import { addWatchlist } from "./commands/watchlist.ts";
import { exitCodesHelp } from "./exit-codes.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const environmentHelp = `Environment:
  TENANTRY_URL      where the service answers
  TENANTRY_KEY      the API key; wins over a login
  TENANTRY_PROFILE  the profile, unless --profile names one
  TENANTRY_HOME     folder of the local stack (.tenantry here or above)
  NO_COLOR          no colours, even on a terminal`;

/** The whole command line. What goes wrong is thrown, so that its caller decides about the exit code. */
export function buildProgram(): Command {
  const program = new Command("tenantry")
    .description("Command line of Tenantry, the control plane of a backup service.")
    .version(version)
    .option("--json", "print JSON as the API answers it; lists as one array")
    .option("-q, --quiet", "print ids only, and no remarks")
    .option("--profile <name>", "use the login of this name")
    .exitOverride()
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => styleText("bold", title, { validateStream: false }),
    })
    .addHelpText("after", `\n${exitCodesHelp}\n\n${environmentHelp}`);
  program.commandsGroup("Access:");
  addLogin(program);
  program.commandsGroup("Work:");
  addCustomers(program);
  addAccounts(program);
  addDevices(program);
  addSearch(program);
  addTree(program);
  addCounts(program);
  addImport(program);
  addExport(program);
  addWatchlist(program);
  addReports(program);
  addLog(program);
  program.commandsGroup("Local stack:");
  addMail(program);
  addDemo(program);
  program.commandsGroup("Other:").helpCommand("help [command]", "show the help of a command");
  const { commands } = completion(program, { completionCommandName: "completion" });
  // The library offers a command's own options only.
  for (const command of commands.values())
    for (const { long, description, required } of program.options)
      command.option(long?.slice(2) ?? "", description, ...(required ? [() => undefined] : []));
  return program;
}
