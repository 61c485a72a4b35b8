import { pages, type Schemas } from "@tenantry/client";
import { type Command, Option } from "commander";
import process from "node:process";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { collect } from "../input/collect.ts";
import { optionalCustomer } from "../input/find-customer.ts";
import { given, momentOf } from "../input/values.ts";
import { moment } from "../output/format.ts";
import type { Column } from "../output/table.ts";
import { changeQuery, changing, noteChange, openSession, type Session } from "../session.ts";

type Subscription = Schemas["ReportSubscription"];

/** The compiler knows where one is missing. */
const kinds = Object.keys({
  watchlist: 0,
  "event-log": 0,
  "all-customers": 0,
  consolidated: 0,
  activity: 0,
} satisfies Record<Subscription["kind"], 0>);

const columns: readonly Column<Subscription>[] = [
  { title: "Id", value: ({ id }) => id },
  { title: "Kind", value: ({ kind }) => kind },
  { title: "Every", value: ({ frequency }) => ({ daily: "day", weekly: "week", monthly: "month" })[frequency] },
  { title: "Active", value: ({ active }) => (active ? "yes" : "no") },
  { title: "Next", value: ({ nextRunAt }) => moment(nextRunAt) },
  { title: "Recipients", value: ({ recipients }) => recipients.map(({ email }) => email).join(", "), cut: true },
];

const listOf = async ({ tenantry }: Session, customerId: string | undefined): Promise<Subscription[]> =>
  await collect(pages(tenantry.listReportSubscriptions, { query: given({ customerId, limit: 200 }) }));

interface PreviewOptions {
  customer?: string;
  kind?: string;
  to?: string;
  html?: boolean;
  csv?: boolean;
}

/** The subscription that was named by its id, or the only one of a customer that fits. */
async function subscriptionOf(session: Session, id: string | undefined, options: PreviewOptions): Promise<string> {
  if (id !== undefined) return id;
  const all = await listOf(session, await optionalCustomer(session, options.customer));
  const fitting = all.filter(({ kind }) => options.kind === undefined || kind === options.kind);
  const [only] = fitting;
  if (only === undefined)
    throw new Failure("There is no such report. Look at: tenantry reports list", exitCodes.notFound);
  if (fitting.length === 1) return only.id;
  const which = fitting.map((one) => `${one.id} (${one.kind})`).join(", ");
  throw new Failure(`Which report? Name one of ${which}.`, exitCodes.usage);
}

async function preview(id: string | undefined, options: PreviewOptions, command: Command): Promise<void> {
  const session = openSession(command);
  const params = { id: await subscriptionOf(session, id, options) };
  const report = await session.tenantry.previewReport({ params, query: given({ to: options.to }) });
  if (options.csv === true) {
    if (report.csv === null) throw new Failure("This report has no CSV file.", exitCodes.notFound);
    process.stdout.write(report.csv);
    return;
  }
  if (options.html === true) return void process.stdout.write(`${report.html.trimEnd()}\n`);
  session.output.either(report, () => `${report.subject}\n\n${report.text.trimEnd()}\n`);
}

/** `tenantry reports`: the reports that go out by mail. */
export function addReports(program: Command): void {
  const reports = program.command("reports").description("reports by mail");
  reports
    .command("list")
    .description("list the report subscriptions of a customer")
    .option("--customer <customer>", "the customer, by id or name (yours)")
    .action(async ({ customer }: { customer?: string }, command: Command) => {
      const session = openSession(command);
      session.output.list(await listOf(session, await optionalCustomer(session, customer)), columns, "No reports.");
    });
  reports
    .command("preview")
    .description("show a report as it would be sent now; nothing is sent")
    .argument("[report]", "id of the subscription; not needed where only one fits")
    .option("--customer <customer>", "the customer, by id or name (yours)")
    .addOption(new Option("--kind <kind>", "only this kind").choices(kinds))
    .option("--to <moment>", "that of an earlier period, which ended then", momentOf)
    .option("--html", "its HTML, for a browser")
    .option("--csv", "its CSV file")
    .action(preview);
  changing(reports.command("send").description("send a report now, beside its schedule"))
    .argument("<report>", "id of the subscription")
    .action(async (id: string, _options: object, command: Command) => {
      const session = openSession(command);
      const run = await session.tenantry.sendReport({ params: { id }, query: changeQuery(session) });
      noteChange(session, "The report is on its way.");
      session.output.one({ ...run, id }, ({ kind, state, from, to }) => [
        ["Report", id],
        ["Kind", kind],
        ["State", state],
        ["Period", `${moment(from)} to ${moment(to)}`],
      ]);
    });
}
