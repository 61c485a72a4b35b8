import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "vitest";
import { api, expectAccessible, openConsole, shoot, stage } from "./support/open.ts";

interface Customer {
  id: string;
  name: string;
  active: boolean;
  emailReports: boolean;
  space: { softLimitBytes: number | null };
  vault: { status: string } | null;
}
interface Device {
  id: string;
  name: string;
  state: string;
}

/** A customer with an account and two computers, of which the first has backed up. */
const own = { customer: "", account: "" };
const asDevice = async <T = { id: string; token: string; grantId: string }>(
  path: string,
  body: object,
  token?: string,
): Promise<T> => {
  const answer = await fetch(`${stage().url}/v1${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
};
const deviceNamed = async (wanted: string): Promise<Device | undefined> =>
  (await api<{ items: Device[] }>("GET", `/devices?customerId=${own.customer}`)).items.find(
    ({ name }) => name === wanted,
  );

beforeAll(async () => {
  const { id } = await api("POST", "/customers", {
    parentId: stage().reseller.id,
    name: "Druckerei Falz",
    email: "office@falz.example",
    country: "DE",
    autoAuthorize: true,
  });
  own.customer = id;
  const { token } = await api<{ token: string }>("POST", `/customers/${id}/enrolment-keys`, {
    name: "Rollout",
    plan: "select",
  });
  for (const name of ["PRESSE-ALT", "PRESSE-NEU"]) {
    const machine = { enrolmentKey: token, machineId: name.toLowerCase(), name, kind: "workstation", os: "Windows 11" };
    const enrolled = await asDevice("/agent/enrol", machine);
    if (name === "PRESSE-NEU") continue;
    const set = await asDevice("/agent/backup-sets", { name: "Alles", selection: { include: ["/"] } }, enrolled.token);
    const endedAt = new Date().toISOString();
    const startedAt = new Date(Date.now() - 60_000).toISOString();
    const job = { backupSetId: set.id, type: "backup", startedAt, endedAt, files: 12, bytes: 3_000_000 };
    await asDevice("/agent/jobs", { ...job, jobId: "falz-1", status: "succeeded" }, enrolled.token);
    await asDevice(
      "/agent/jobs",
      { ...job, jobId: "falz-2", status: "failed", errors: ["The disk is gone."] },
      enrolled.token,
    );
  }
});

test("a customer is deactivated, and active again by undo; its soft limit and its report by mail are set", async () => {
  const page = await openConsole("reseller", { path: `/n/${own.customer}/details` });
  await page.getByRole("button", { name: "Deactivate" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click();
  await page.getByText("Druckerei Falz is deactivated.").waitFor();
  const now = () => api<Customer>("GET", `/customers/${own.customer}`);
  expect((await now()).active).toBe(false);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("Undone.").waitFor();
  expect((await now()).active).toBe(true);

  const before = await now();
  await page.getByLabel("Soft limit", { exact: true }).fill("300");
  await page.getByRole("switch", { name: /Activity report by mail/ }).click({ force: true });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Druckerei Falz has been saved.").waitFor();
  const after = await now();
  expect([after.space.softLimitBytes, after.emailReports]).toEqual([300e9, !before.emailReports]);
});

test("the Default Customer of a reseller is neither moved nor deleted", async () => {
  const { reseller } = stage();
  const { items } = await api<{ items: (Customer & { isDefault: boolean })[] }>(
    "GET",
    `/customers?parentId=${reseller.id}`,
  );
  const first = items.find(({ isDefault }) => isDefault);
  const page = await openConsole("reseller", { path: `/n/${first?.id}/details` });
  const actions = page.getByRole("group", { name: "Actions" });
  await actions.getByRole("button", { name: "Deactivate" }).waitFor();
  expect(await actions.getByRole("button", { name: "Delete …" }).count()).toBe(0);
});

test("a customer gets a further parent account, for another plan", async () => {
  const page = await openConsole("reseller", { path: `/n/${own.customer}/accounts/new?way=parent-account` });
  // One for each plan: what the customer has is not to be chosen again.
  await page.getByRole("radio", { name: "Select", exact: true }).and(page.locator(":disabled")).waitFor();
  await page.getByRole("radio", { name: "Basic", exact: true }).check();
  await page.getByRole("radio", { name: "A new contact" }).check();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Frida Falz");
  await page.getByRole("textbox", { name: "Mail address" }).fill("frida@falz.example");
  await page.getByRole("textbox", { name: "User name" }).fill("falz-basic");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByText("The account falz-basic is created").waitFor();
  const { items } = await api<{ items: { plan: string; parentAccountId: null; username: string }[] }>(
    "GET",
    `/accounts?username=falz-basic`,
  );
  expect(items).toMatchObject([{ plan: "basic", parentAccountId: null }]);
});

test("a backup set has a report of 30 days, which is also a file", async () => {
  const old = await deviceNamed("PRESSE-ALT");
  const page = await openConsole("viewer", { path: `/n/${own.customer}/devices/${old?.id}` });
  await page.getByRole("button", { name: "Actions for Alles" }).click();
  await page.getByRole("menuitem", { name: "Run history" }).click();
  const report = page.getByRole("table", { name: "The last 30 days" });
  await report.getByRole("row", { name: /^Backup 1 0 1 3.MB/ }).waitFor();
  await expectAccessible(page, "the report of a backup set");
  await shoot(page, "set-report");
  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: "Report as CSV" }).click();
  const file = await readFile(await (await waiting).path(), "utf8");
  expect(file).toContain("The disk is gone.");
});

test("a newer computer takes over what an older one had", async () => {
  const old = await deviceNamed("PRESSE-ALT");
  const next = await deviceNamed("PRESSE-NEU");
  const page = await openConsole("operator", { path: `/n/${own.customer}/devices/${old?.id}` });
  await page.getByRole("region", { name: "May it back up now?" }).waitFor();
  await page.getByRole("button", { name: "More", exact: true }).last().click();
  await page.getByRole("menuitem", { name: "Replace by a newer one" }).click();
  const dialog = page.getByRole("dialog", { name: "Replace PRESSE-ALT" });
  await dialog.getByLabel("The newer device").selectOption({ label: "PRESSE-NEU (presse-neu)" });
  await expectAccessible(page, "replacing a device");
  await dialog.getByRole("button", { name: "Replace", exact: true }).click();
  await page.getByText("PRESSE-NEU has taken over from PRESSE-ALT.").waitFor();
  await page.waitForURL(new RegExp(next?.id ?? "none"));
  await page.getByRole("table").getByText("Alles").first().waitFor();
  expect((await api<Device>("GET", `/devices/${old?.id}`)).state).toBe("deleted");
});
