import { describe, expect, test } from "vitest";
import { api, expectAccessible, openConsole, shoot, stage } from "./support/open.ts";

describe("webhooks and alerts", () => {
  test("a mail on events: created, tested with its delivery, paused and taken up again, deleted", async () => {
    const { customer } = stage();
    const page = await openConsole("reseller", { path: `/n/${customer.id}/handlers?add=true` });
    const panel = page.getByRole("dialog");
    await panel.getByRole("radio", { name: "Mail to some people" }).check();
    await panel.getByRole("textbox", { name: "Name" }).fill("Ticket desk");
    await panel.getByRole("combobox", { name: "Mail addresses" }).fill("desk@nussbaum.example");
    await page.keyboard.press("Enter");
    await panel.getByRole("combobox", { name: "Events" }).fill("Device deleted");
    await page.getByRole("option", { name: "Device deleted" }).click();
    await panel.getByRole("textbox", { name: "Name" }).click();
    await page.getByRole("listbox").waitFor({ state: "hidden" });
    await expectAccessible(page, "adding a handler");
    await shoot(page, "handler-add");
    await panel.getByRole("button", { name: "Create handler" }).click();
    await panel.getByRole("button", { name: "Send a test" }).click();
    await panel.locator("summary").first().click({ timeout: 30_000 });
    const made = async () =>
      (
        await api<{ items: { id: string; active: boolean; filter: object }[] }>(
          "GET",
          `/event-handlers?customerId=${customer.id}`,
        )
      ).items;
    expect(await made()).toMatchObject([{ active: true, filter: { types: ["DeviceDeleted"] } }]);
    await expectAccessible(page, "a handler");
    await shoot(page, "handler");
    await panel.getByRole("button", { name: "Pause" }).click();
    await panel.getByRole("button", { name: "Switch on" }).waitFor();
    expect(await made()).toMatchObject([{ active: false }]);
    await page.getByRole("button", { name: "Undo" }).click();
    await panel.getByRole("button", { name: "Pause" }).waitFor();
    await panel.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog", { name: "Delete “Ticket desk”?" }).getByRole("button", { name: "Delete" }).click();
    await page.getByText("Nobody is told yet").waitFor();
    expect(await made()).toEqual([]);
    await expectAccessible(page, "no handlers");
  }, 120_000);

  test("an address that the internet cannot reach is refused at its field", async () => {
    const { customer } = stage();
    const page = await openConsole("reseller", { path: `/n/${customer.id}/handlers?add=true` });
    const panel = page.getByRole("dialog");
    await panel.getByRole("textbox", { name: "Name" }).fill("Inner system");
    await panel.getByRole("textbox", { name: "Address" }).fill("https://127.0.0.1/hook");
    await panel.getByRole("button", { name: "Create handler" }).click();
    await panel.getByText(/cannot be reached from the internet/).waitFor();
  });
});

describe("reports", () => {
  test("people are subscribed, the mail is looked at in a frame without scripts, sent, and paused", async () => {
    const { trial } = stage();
    const page = await openConsole("reseller", { path: `/n/${trial.id}/reports?add=true` });
    const panel = page.getByRole("dialog");
    await panel.getByRole("combobox", { name: "Report" }).selectOption("consolidated");
    await panel.getByRole("combobox", { name: "Recipients" }).fill("rita@nussbaum.example");
    await page.keyboard.press("Enter");
    await panel.getByRole("combobox", { name: "How often" }).selectOption("weekly");
    await panel.getByRole("combobox", { name: "Day of the week" }).selectOption("3");
    await expectAccessible(page, "subscribing to a report");
    await shoot(page, "report-add");
    await panel.getByRole("button", { name: "Subscribe", exact: true }).click();
    await panel.getByRole("button", { name: "Preview" }).waitFor();
    const all = async () =>
      (
        await api<{ items: { active: boolean; frequency: string; weekday: number }[] }>(
          "GET",
          `/report-subscriptions?customerId=${trial.id}`,
        )
      ).items;
    expect(await all()).toMatchObject([{ active: true, frequency: "weekly", weekday: 3 }]);
    await panel.getByRole("button", { name: "Preview" }).click();
    const frame = page.frameLocator("iframe");
    await frame.getByText(trial.name).first().waitFor();
    expect(await page.locator("iframe").getAttribute("sandbox")).toBe("allow-same-origin");
    // The styles of the mail are there, though the policy lets none stand in the text.
    await expect
      .poll(() =>
        frame
          .locator("[data-style]")
          .first()
          .evaluate((element) => element.style.length),
      )
      .toBeGreaterThan(0);
    await shoot(page, "report-preview");
    await page.getByText("As text", { exact: true }).click();
    await page.locator("pre").getByText(trial.name).first().waitFor();
    await page.keyboard.press("Escape");
    await page.locator("iframe, pre").first().waitFor({ state: "detached" });
    await panel.getByRole("button", { name: "Send now" }).click();
    await panel.getByText("sent by hand").waitFor({ timeout: 30_000 });
    await panel.getByRole("button", { name: "Pause" }).click();
    await panel.getByRole("button", { name: "Switch on" }).waitFor();
    expect(await all()).toMatchObject([{ active: false }]);
    await expectAccessible(page, "a report");
    await shoot(page, "report");
  });

  test("who may only read sees subscriptions, and is offered no change", async () => {
    const { reseller } = stage();
    const page = await openConsole("viewer", { path: `/n/${reseller.id}/reports` });
    await page.getByRole("link", { name: "Event log" }).click();
    await page.getByRole("button", { name: "Preview" }).waitFor();
    expect(await page.getByRole("button", { name: /Send now|Delete|Save/ }).count()).toBe(0);
    expect(await page.getByRole("button", { name: "Subscribe to a report" }).count()).toBe(0);
  });
});
