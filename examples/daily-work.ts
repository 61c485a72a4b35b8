import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createTenantry, explain, pages, TenantryError } from "@tenantry/client";

const [url = "", key = "", seller = ""] = process.argv.slice(2);
const tenantry = createTenantry({ url, token: readFileSync(key, "utf8").trim() });
const say = (text: string): boolean => process.stdout.write(`${text}\n`);
try {
  const { scope } = await tenantry.me();
  const { items } = await tenantry.listCustomers({ query: { parentId: scope.id, name: seller } });
  const id = items[0]?.id ?? scope.id;
  // New customers, from the file that the office has saved; those that are there already stay as they are.
  const body = readFileSync("examples/imports/kunden.csv");
  let done = await tenantry.createImport({ query: { customerId: id }, body });
  for (; done.endedAt === null; done = await tenantry.getImport({ params: { id: done.id } })) await sleep(500);
  say(`${done.counts.created} new customers, ${done.counts.failed} rows refused`);
  // Computers that need somebody, the worst first.
  for await (const { customer, device, code } of pages(tenantry.getWatchlist, { params: { id } }))
    say(`${customer.name}: ${device.name} ${code}`);
  // Trials that end within a week.
  for await (const { name, trial } of pages(tenantry.listCustomers, { query: { parentId: id } }))
    if (trial && trial.daysLeft <= 7) say(`${name}: ${trial.daysLeft} days of trial left`);
} catch (error) {
  say(error instanceof TenantryError ? explain(error) : String(error));
  process.exitCode = 1;
}
