import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { api, expectAccessible, openConsole, shoot, stage } from "./support/open.ts";

/** What people hear of whatever has the focus: its name, or what stands in it. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { activeElement: element } = document;
    const labelledBy = (element?.getAttribute("aria-labelledby") ?? "").split(" ").filter((id) => id !== "");
    const labels = [...((element as HTMLInputElement | null)?.labels ?? [])];
    const named = [...labelledBy.map((id) => document.querySelector(`#${CSS.escape(id)}`)), ...labels];
    const name = element?.getAttribute("aria-label") ?? named.map((one) => one?.textContent ?? "").join(" ");
    return (name === "" ? (element?.textContent ?? "") : name).replaceAll(/\s+/g, " ").trim();
  });

/** Whether what has the focus can be seen to have it: an outline, or a border of the accent's colour. */
const showsFocus = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const { activeElement: element } = document;
    if (!element) return false;
    const accent = getComputedStyle(document.documentElement).getPropertyValue("--mantine-primary-color-filled");
    const probe = document.createElement("i");
    probe.style.color = accent;
    document.body.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    // Of an input among others in one frame, such as tags, it is the frame that shows it.
    const around = [element, element.parentElement, element.parentElement?.parentElement];
    return around.some((one) => {
      if (!one) return false;
      const { outlineStyle, outlineWidth, borderTopStyle, borderTopColor } = getComputedStyle(one);
      const isOutlined = outlineStyle !== "none" && outlineWidth !== "0px";
      return (isOutlined && one === element) || (borderTopStyle !== "none" && borderTopColor === colour);
    });
  });

/** Goes on with the tabulator until something of this name has the focus, and is seen to have it. @returns how many presses that took */
async function tabTo(page: Page, name: RegExp, key: "Tab" | "Shift+Tab" = "Tab"): Promise<number> {
  const seen: string[] = [];
  for (let presses = 1; presses <= 60; presses += 1) {
    await page.keyboard.press(key);
    const now = await focused(page);
    if (name.test(now)) {
      expect(await showsFocus(page), `the focus on ${name} is seen`).toBe(true);
      return presses;
    }
    seen.push(now.slice(0, 30));
  }
  throw new Error(`Nothing called ${name} was reached: ${seen.join(" | ")}`);
}

/** Fills a field, as people do who have no mouse. */
async function type(page: Page, name: RegExp, text: string): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.press("Control+a");
  await page.keyboard.type(text);
}

/** Finds something by the search, and opens it. */
async function find(page: Page, text: string, name: RegExp): Promise<void> {
  await page.keyboard.press("/");
  await page.keyboard.type(text);
  await page.getByRole("option", { name }).waitFor();
  await page.keyboard.press("Enter");
}

test("a customer is added, its device is found, why that cannot back up is read, and the limit is raised", async () => {
  const { reseller } = stage();
  const page = await openConsole("reseller");
  await page.getByRole("region", { name: "Protected" }).waitFor();

  // The customers of the reseller, by the link that leads past the head and by the tabs.
  await page.keyboard.press("Tab");
  expect(await focused(page)).toBe("Skip to the content");
  await page.keyboard.press("Enter");
  await tabTo(page, /^Customers$/, "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("row", { name: /Gasthof Post/ }).waitFor();
  await tabTo(page, /^Add customer$/);
  await page.keyboard.press("Enter");

  // The form begins with its first field.
  await page.getByRole("textbox", { name: "Name" }).waitFor();
  await expect.poll(() => focused(page)).toMatch(/^Name/);
  await page.keyboard.type("Uhren Takt");
  await type(page, /^Country of the devices/, "Austr");
  await page.getByRole("option", { name: "Austria" }).waitFor();
  await page.keyboard.press("ArrowDown");
  while (!(await page.getByRole("option", { name: "Austria" }).getAttribute("data-combobox-selected")))
    await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByText("Austria hosts no storage").waitFor();
  await tabTo(page, /^Storage location/);
  await page.keyboard.type("Germ");
  await page.getByRole("option", { name: "Germany", exact: true }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await type(page, /^Mail address/, "takt@neu.example");
  await type(page, /^Contact person/, "Tilda Takt");
  await type(page, /^Phone/, "+43 1 234567");
  await type(page, /^Tags/, "shop");
  await page.keyboard.press("Enter");
  await type(page, /^Notes/, "Opens at nine.");
  await type(page, /^Space allotment/, "750");
  await type(page, /^Licences/, "0");
  await tabTo(page, /^Add unknown devices/);
  await page.keyboard.press("Space");
  await tabTo(page, /^Create customer$/);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Uhren Takt has been created" }).waitFor();
  const id = new URL(page.url()).searchParams.get("created") ?? "";
  expect(await api("GET", `/customers/${id}`)).toMatchObject({
    name: "Uhren Takt",
    parentId: reseller.id,
    email: "takt@neu.example",
    contactName: "Tilda Takt",
    phone: "+43 1 234567",
    country: "AT",
    storageLocation: "DE",
    tags: ["shop"],
    notes: "Opens at nine.",
    space: { limitBytes: 750e9 },
    licences: { limit: 0 },
    autoAuthorize: false,
  });
  // Its storage is set up within moments.
  await page.getByText("Ready", { exact: true }).waitFor();
  // The form is gone, and the focus with it: the next press goes on in what took its place.
  await tabTo(page, /^Open/);

  const account = await api("POST", "/accounts", {
    customerId: id,
    plan: "select",
    username: "takt@neu.example",
    password: "a pendulum swings twice",
    contact: { name: "Tilda Takt", email: "takt@neu.example" },
  });
  const machine = { machineId: "takt-1", name: "WERKBANK-7", kind: "workstation", os: "Windows 11" };
  await api("POST", "/devices", { accountId: account.id, ...machine });

  // The search is told of what is new within moments.
  const found = () => api<{ items: object[] }>("GET", "/search?q=werkb").then(({ items }) => items.length);
  await expect.poll(found, { timeout: 15_000 }).toBe(1);
  await find(page, "werkb", /WERKBANK-7/);
  await page.getByText("No licence is free at Uhren Takt").waitFor();
  await page.getByText("0 of 0 are used.").waitFor();
  await expectAccessible(page, "a device that may not back up");
  await shoot(page, "device");
  expect(await tabTo(page, /^Raise the licences$/)).toBeLessThan(12);
  await page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: "Licences: Uhren Takt" }).waitFor();
  await type(page, /^Licences: Uhren Takt$/, "5");
  await page.keyboard.press("Enter");
  await tabTo(page, /^Save all$/);
  await page.keyboard.press("Enter");
  await page.getByText("1 row has been saved.").waitFor();
  expect(await api("GET", `/customers/${id}`)).toMatchObject({ licences: { limit: 5 } });

  await find(page, "werkb", /WERKBANK-7/);
  await page.getByText("Yes, it may back up now.").waitFor();
}, 120_000);

test("dialogs, menus and panels give the focus back to what opened them", async () => {
  const { customer, device } = stage();
  const page = await openConsole("reseller", { path: `/n/${customer.id}/devices/${device.id}` });
  await page.getByRole("region", { name: "May it back up now?" }).waitFor();
  await tabTo(page, /^Edit$/);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Edit device" }).waitFor();
  await page.keyboard.press("Escape");
  await expect.poll(() => focused(page)).toBe("Edit");

  await tabTo(page, /^More$/);
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Delete" }).waitFor();
  await page.keyboard.press("ArrowUp");
  while ((await focused(page)) !== "Delete") await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: `Delete ${device.name}?` }).waitFor();
  await page.keyboard.press("Escape");
  await expect.poll(() => focused(page)).toBe("More");

  await page.goto(`/console/n/${customer.id}/log`);
  await page.getByRole("link", { name: "Customer created" }).waitFor();
  await tabTo(page, /^Customer created$/);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Customer created" }).waitFor();
  await page.keyboard.press("Escape");
  await expect.poll(() => focused(page)).toBe("Customer created");
}, 60_000);
