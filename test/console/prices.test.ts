import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { api, expectAccessible, openConsole, shoot, stage } from "./support/open.ts";

interface Plan {
  id: string;
  name: string;
  version: number;
  currency: string;
  versions: { validFrom: string; devices?: object }[];
}
const plansNamed = async (name: string): Promise<Plan[]> =>
  (await api<{ id: string; name: string; version: number; items: Plan[] }>("GET", "/price-plans")).items.filter(
    (plan) => plan.name === name,
  );
const planOf = (id: string) => api<Plan>("GET", `/price-plans/${id}`);
/** Somebody else changes a plan. */
const put = ({ id, name, currency }: Plan, versions: object[]) =>
  api("PUT", `/price-plans/${id}`, { name, currency, versions });

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const day = (date: string): string => new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" }).format(new Date(date));
const group = (within: Locator, name: string): Locator => within.getByRole("group", { name, exact: true });
const field = (within: Locator, name: string): Locator => within.getByRole("textbox", { name, exact: true });
const pricesOf = (page: Page, name: string | RegExp): Locator => page.getByRole("region", { name });

test("a price plan is made with tiers, free units, accounts, services and an exemption; what is refused stands at its field", async () => {
  const { provider } = stage();
  const page = await openConsole("provider", { path: `/n/${provider.id}/prices` });
  await page.getByRole("button", { name: "New price plan" }).click();
  const form = page.getByRole("dialog", { name: "New price plan" });
  await form.getByRole("button", { name: "Create price plan" }).click();
  // The form is long: who has pressed its button is taken to what is missing.
  await expect.poll(() => field(form, "Name").evaluate((input) => input === document.activeElement)).toBe(true);
  await field(form, "Name").fill("Partners");

  const storage = group(form, "For each GB");
  await field(storage, "Price").fill("0.0355");
  await storage.getByRole("combobox", { name: "How it is priced" }).selectOption({ label: "Graduated tiers" });
  await field(storage, "Free units").fill("10");
  const tiers = group(form, "Tiers: For each GB");
  await field(tiers, "Tier 1, up to").fill("1000");
  expect(await field(tiers, "Tier 1, price").inputValue()).toBe("0.0355");
  await tiers.getByRole("button", { name: "Add tier" }).click();
  await page.keyboard.type("1000");
  await field(tiers, "Tier 2, price").fill("0,02");
  await field(tiers, "Tier 3, price").fill("0.0275");
  await field(group(form, "Servers"), "Price").fill("9");
  await form.getByRole("button", { name: "Add accounts of a plan" }).click();
  await form.getByRole("combobox", { name: "Service plan" }).selectOption("select");
  await field(group(form, "Accounts on Select"), "Price").fill("1.5");
  await form.getByRole("button", { name: "Add service" }).click();
  await page.keyboard.type("Firewall 2.0");
  await field(group(form, "Firewall 2.0"), "Price").fill("-5");
  await field(form, "Minimum").fill("12.5");
  await form.getByRole("combobox", { name: "Exemption" }).selectOption({ label: "Reverse charge" });
  await field(form, "Reason, as invoices state it").fill("Article 196 of Directive 2006/112/EC");
  await field(form, "Tax (%)").fill("19");

  await form.getByRole("button", { name: "Create price plan" }).click();
  const overlapping = field(tiers, "Tier 2, up to");
  await expect.poll(() => overlapping.evaluate((input) => input === document.activeElement)).toBe(true);
  await tiers.getByText("Another tier ends at 1000 too.").waitFor();
  await group(form, "Firewall 2.0").getByText("A price cannot be below 0.").waitFor();
  for (const wrong of [overlapping, field(group(form, "Firewall 2.0"), "Price"), form.getByLabel("Exemption")])
    expect(await wrong.getAttribute("aria-invalid")).toBe("true");
  await expectAccessible(page, "refused prices");
  await shoot(page, "prices-refused");
  await overlapping.fill("5000");
  await field(group(form, "Firewall 2.0"), "Price").fill("25");
  await field(form, "Tax (%)").fill("0");
  await form.getByRole("button", { name: "Create price plan" }).click();
  await form.waitFor({ state: "detached" });

  const [made] = await plansNamed("Partners");
  expect(made?.versions).toEqual([
    {
      validFrom: expect.stringMatching(/-01$/) as string,
      storage: {
        unit: "GB",
        measure: "average",
        price: {
          mode: "graduated",
          freeUnits: 10,
          tiers: [
            { upTo: 1000, unitPrice: "3.55" },
            { upTo: 5000, unitPrice: "2" },
            { upTo: null, unitPrice: "2.75" },
          ],
        },
      },
      devices: { server: { unitPrice: "900" } },
      accounts: { select: { unitPrice: "150" } },
      services: { "Firewall 2.0": { unitPrice: "2500" } },
      minimum: "1250",
      taxPercent: "0",
      taxExemption: { kind: "reverse-charge", reason: "Article 196 of Directive 2006/112/EC" },
    },
  ]);

  // The plan is there at once, in words.
  const panel = page.getByRole("dialog", { name: "Partners" });
  await panel.getByText("Graduated: each unit at the price of its own tier").waitFor();
  expect(new URL(page.url()).searchParams.get("plan")).toBe(made?.id);
  const table = panel.getByRole("table", { name: "Tiers: Storage" });
  expect(await table.getByRole("row").allInnerTexts()).toEqual([
    "Up to\tPrice for each GB",
    "1,000\u00A0GB\t€0.0355",
    "5,000\u00A0GB\t€0.02",
    "beyond that\t€0.0275",
  ]);
  for (const said of [
    "10 GB are free. Tiers begin after what is free.",
    "Counted: the mean of the month’s days",
    "€9.00 each",
    "€25.00 each",
    "at least €12.50 a month, before tax",
    "0 %, reverse charge: Article 196 of Directive 2006/112/EC",
  ])
    await panel.getByText(said).waitFor();
  await expectAccessible(page, "a price plan");
  await shoot(page, "prices-plan");
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Partners" }).waitFor();
  await expectAccessible(page, "price plans");
  await shoot(page, "prices");
});

test("new prices come from a day on; until then they are changed and removed, and those in force are not", async () => {
  const { provider } = stage();
  const old = [
    { validFrom: "2020-01-01", devices: { server: { unitPrice: "800" } }, taxPercent: "19" },
    { validFrom: "2024-01-01", devices: { server: { unitPrice: "900" } }, taxPercent: "19" },
  ];
  const plan = await api<Plan>("POST", "/price-plans", { name: "Yearly", currency: "EUR", versions: old });
  const page = await openConsole("provider", { path: `/n/${provider.id}/prices` });
  await page.getByRole("link", { name: "Yearly" }).click();
  const panel = page.getByRole("dialog", { name: "Yearly" });
  await pricesOf(page, "Prices from 1 Jan 2024").getByText("In force").waitFor();
  await pricesOf(page, "Prices from 1 Jan 2020 to 31 Dec 2023").getByText("Past").waitFor();
  expect(await panel.getByRole("button", { name: /^(Edit|Remove)/ }).count()).toBe(0);

  await panel.getByRole("button", { name: "New prices from a date" }).click();
  const form = page.getByRole("dialog", { name: "New prices: Yearly" });
  const from = form.getByLabel("Valid from");
  const server = field(group(form, "Servers"), "Price");
  expect(await server.inputValue()).toBe("9.00");
  expect(await from.inputValue()).toMatch(/^20\d\d-\d\d-01$/);
  await server.fill("9.50");
  await from.fill("2024-01-01");
  await form.getByRole("button", { name: "Save" }).click();
  await form.getByText("Other prices are valid from this day. Choose another day, or edit those.").waitFor();
  await from.fill("2025-01-01");
  await form.getByRole("button", { name: "Save" }).click();
  // The service says from when on prices can be changed.
  await form
    .getByText(/are in force or past, and stay as they are/)
    .first()
    .waitFor();
  expect(await from.getAttribute("aria-invalid")).toBe("true");
  const start = inDays(40);
  await from.fill(start);
  await form.getByRole("button", { name: "Save" }).click();
  await form.waitFor({ state: "detached" });
  const next = pricesOf(page, `Prices from ${day(start)}`);
  await next.getByText("To come").waitFor();
  const future = { validFrom: start, devices: { server: { unitPrice: "950" } }, taxPercent: "19" };
  expect((await planOf(plan.id)).versions).toEqual([...old, future]);
  await expectAccessible(page, "prices to come");
  await shoot(page, "prices-versions");

  // Somebody else prices another day meanwhile, and both stay; of the same day, the one who saves last is asked.
  await next.getByRole("button", { name: /^Edit/ }).click();
  const edit = page.getByRole("dialog", { name: `Prices from ${day(start)}: Yearly` });
  await field(group(edit, "Servers"), "Price").fill("9.75");
  const later = { ...future, validFrom: inDays(80) };
  await put(plan, [...old, { ...future, taxPercent: "20" }, later]);
  await edit.getByRole("button", { name: "Save" }).click();
  const conflict = page.getByRole("dialog", { name: "Somebody else has changed this" });
  await conflict.getByText("Your entry: Servers €9.75 · Tax 19 %").waitFor();
  await conflict.getByText("Saved meanwhile: Servers €9.50 · Tax 20 %").waitFor();
  await conflict.getByRole("button", { name: "Save my choice" }).click();
  await edit.waitFor({ state: "detached" });
  const changed = { ...future, devices: { server: { unitPrice: "975" } } };
  expect((await planOf(plan.id)).versions).toEqual([...old, changed, later]);

  await pricesOf(page, `Prices from ${day(later.validFrom)}`)
    .getByRole("button", { name: /^Remove/ })
    .click();
  await page
    .getByRole("dialog", { name: /^Remove the prices/ })
    .getByRole("button", { name: "Remove" })
    .click();
  await page.getByText(`The prices from ${day(later.validFrom)} were removed.`).waitFor();
  expect((await planOf(plan.id)).versions).toEqual([...old, changed]);

  await panel.getByRole("button", { name: "Rename" }).click();
  const rename = page.getByRole("dialog", { name: "Rename Yearly" });
  await field(rename, "Name").fill("Every year");
  await rename.getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog", { name: "Every year" }).waitFor();
  expect(await planOf(plan.id)).toMatchObject({ name: "Every year", versions: [...old, changed] });
});

test("amounts stand in fields with the reader's decimal sign, and the form fits on a phone", async () => {
  const { provider } = stage();
  const start = inDays(60);
  const { id } = await api<Plan>("POST", "/price-plans", {
    name: "Feste Preise",
    currency: "EUR",
    versions: [
      {
        validFrom: start,
        storage: {
          unit: "GB",
          measure: "peak",
          price: {
            mode: "volume",
            tiers: [
              { upTo: 500, unitPrice: "3.5" },
              { upTo: null, unitPrice: "3" },
            ],
          },
        },
        taxPercent: "7.5",
      },
    ],
  });
  const path = `/n/${provider.id}/prices?plan=${id}`;
  const page = await openConsole("provider", { path, language: "de", width: 390 });
  const panel = page.getByRole("dialog", { name: "Feste Preise" });
  await panel.getByText("7,5 %").waitFor();
  // A plan always has prices: its only ones are changed, and not removed.
  expect(await panel.getByRole("button", { name: /^Entfernen/ }).count()).toBe(0);
  await panel.getByRole("button", { name: /^Bearbeiten/ }).click();
  const form = page.getByRole("dialog", { name: /^Preise ab .*: Feste Preise$/ });
  const tiers = group(form, "Staffeln: Je GB");
  expect(await field(tiers, "Staffel 1, Preis").inputValue()).toBe("0,035");
  await expectAccessible(page, "prices on a phone");
  expect(await form.evaluate((dialog) => dialog.scrollWidth <= dialog.clientWidth)).toBe(true);
  await shoot(page, "prices-form");
  await tiers.getByRole("button", { name: "Staffel 2 entfernen" }).click();
  await expect
    .poll(() =>
      tiers.getByRole("button", { name: "Staffel hinzufügen" }).evaluate((one) => one === document.activeElement),
    )
    .toBe(true);
  await form.getByRole("button", { name: "Speichern" }).click();
  await form.waitFor({ state: "detached" });
  expect((await planOf(id)).versions).toMatchObject([
    { storage: { price: { mode: "volume", tiers: [{ upTo: null, unitPrice: "3.5" }] } }, taxPercent: "7.5" },
  ]);
});

test("a seller without prices is told what to do, and prices are its own alone", async () => {
  const { reseller, customer } = stage();
  const page = await openConsole("reseller", { path: `/n/${reseller.id}/prices` });
  await page.getByText("No price plan yet").waitFor();
  await expectAccessible(page, "no price plans");
  await page.goto(`/console/n/${customer.id}/prices`);
  await page.getByText("“Prices” is not available here").waitFor();
});
