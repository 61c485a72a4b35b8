import { beforeAll, describe, expect, test } from "vitest";
import { api, expectAccessible, openConsole, shoot, stage } from "./support/open.ts";

interface DeviceState {
  state: string;
}
interface Listed<Item> {
  items: Item[];
}

/** A reseller, and its customer with three devices. */
const own = { reseller: "", customer: "", account: "", device: "" };

beforeAll(async () => {
  const reseller = await api("POST", "/customers", {
    level: "reseller",
    name: "Kiebitz IT",
    email: "backup@kiebitz.example",
    country: "NL",
  });
  const account = await api<{ id: string; customerId: string }>("POST", "/accounts", {
    customer: { parentId: reseller.id, name: "Van Dijk Optiek", email: "info@vandijk.example", country: "NL" },
    plan: "select",
    username: "vandijk",
    password: "a kettle on the boil",
  });
  Object.assign(own, { reseller: reseller.id, customer: account.customerId, account: account.id });
  for (const [nth, name] of ["BALIE-PC", "WERKPLAATS", "ZOLDER-SERVER"].entries()) {
    const { id } = await api("POST", "/devices", {
      accountId: account.id,
      machineId: `kiebitz-${nth}`,
      name,
      kind: "workstation",
      os: "Windows 11",
    });
    if (nth === 0) own.device = id;
  }
});

describe("the devices of a branch", { timeout: 120_000 }, () => {
  test("are suspended together, and that is undone", async () => {
    const page = await openConsole("provider", { path: `/n/${own.reseller}/devices` });
    const table = page.getByRole("table");
    await table.getByRole("row", { name: /BALIE-PC.*Van Dijk Optiek.*vandijk.*Active/ }).waitFor();
    // The Netherlands store in another country.
    await table
      .getByRole("row", { name: /The data are stored in Germany/ })
      .first()
      .waitFor();
    await expectAccessible(page, "devices");
    await shoot(page, "devices");
    await page.getByRole("checkbox", { name: "Select BALIE-PC" }).check();
    await page.getByRole("checkbox", { name: "Select WERKPLAATS" }).check();
    await page
      .getByRole("group", { name: "With the selected devices" })
      .getByRole("button", { name: "Suspend" })
      .click();
    await page.getByText("2 devices suspended.").waitFor();
    const states = async () => {
      const { items } = await api<Listed<DeviceState>>("GET", `/devices?customerId=${own.customer}`);
      return items.map(({ state }) => state).sort();
    };
    expect(await states()).toEqual(["active", "suspended", "suspended"]);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Undone.").waitFor();
    expect(await states()).toEqual(["active", "active", "active"]);
  });

  test("are found by name, and by state, in the address", async () => {
    const page = await openConsole("provider", { path: `/n/${own.reseller}/devices?name=werk` });
    await page.getByRole("row", { name: /WERKPLAATS/ }).waitFor();
    expect(await page.getByRole("row", { name: /BALIE-PC/ }).count()).toBe(0);
    await page.getByRole("combobox", { name: "State" }).selectOption("suspended");
    await page.getByText("Nothing matches these filters.").waitFor();
  });

  test("are read only for those who may only read", async () => {
    const { customer, device } = stage();
    const page = await openConsole("viewer", { path: `/n/${customer.id}/devices/${device.id}` });
    await page.getByRole("region", { name: "May it back up now?" }).waitFor();
    expect(await page.getByRole("button", { name: "Suspend" }).count()).toBe(0);
    expect(await page.getByRole("button", { name: "Create backup set" }).count()).toBe(0);
  });
});

describe("a device", { timeout: 120_000 }, () => {
  test("gets a backup set, which is changed and deleted", async () => {
    const page = await openConsole("provider", { path: `/n/${own.customer}/devices/${own.device}` });
    await page.getByRole("button", { name: "Create backup set" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Create backup set" }).click();
    await dialog.getByText("Name at least one path.").waitFor();
    await dialog.getByRole("textbox", { name: "Name" }).fill("Klanten");
    await dialog.getByRole("textbox", { name: "What is backed up" }).fill("D:\\Klanten\nD:\\Archief");
    await dialog.getByRole("checkbox", { name: "Saturday" }).check();
    await expectAccessible(page, "backup set");
    await dialog.getByRole("button", { name: "Create backup set" }).click();
    await page.getByRole("row", { name: /Klanten.*Mon.*Sat at 20:00.*30 days/ }).waitFor();
    const { items } = await api<Listed<{ selection: { include: string[] } }>>(
      "GET",
      `/backup-sets?deviceId=${own.device}`,
    );
    expect(items.map(({ selection }) => selection.include)).toEqual([["D:\\Klanten", "D:\\Archief"]]);
    await page.getByRole("button", { name: "Actions for Klanten" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await dialog.getByRole("textbox").fill("Klanten");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await page.getByText("No backup sets yet.").waitFor();
  });

  test("is deleted, and restored by undo", async () => {
    const page = await openConsole("provider", { path: `/n/${own.customer}/devices/${own.device}` });
    // The tabs have a menu of that name too: the device's own comes later.
    await page.getByRole("button", { name: "Suspend" }).waitFor();
    await page.getByRole("button", { name: "More", exact: true }).last().click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("textbox").fill("BALIE-PC");
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("BALIE-PC is deleted.").waitFor();
    expect((await api<DeviceState>("GET", `/devices/${own.device}`)).state).toBe("deleted");
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Undone.").waitFor();
    expect((await api<DeviceState>("GET", `/devices/${own.device}`)).state).toBe("active");
  });
});
