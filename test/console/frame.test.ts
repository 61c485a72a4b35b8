import { describe, expect, test } from "vitest";
import { expectAccessible, logIn, openConsole, openPage, shoot, stage } from "./support/open.ts";

describe("the login page", () => {
  test("lets people in by user name and password, back to the page that they had asked for", async () => {
    const { reseller } = stage();
    const page = await openPage({ path: `/n/${reseller.id}/customers?state=trial` });
    await page.waitForURL(/login\.html/);
    await expectAccessible(page, "login");
    await shoot(page, "login");
    await page.getByLabel("User name").fill("rita@nussbaum.example");
    await page.getByLabel("Password", { exact: true }).fill("not her password");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("alert").getByText("User name or password is wrong.").waitFor();
    expect(await page.getByRole("alert").innerText()).toMatch(/Request req_/);
    await page.getByLabel("Password", { exact: true }).fill(stage().logins.reseller.password);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/customers\?state=trial$/);
    await page.getByRole("link", { name: "Praxis Linde" }).waitFor();
    expect(await page.getByRole("link", { name: "Gasthof Post" }).count()).toBe(0);
  });

  test("speaks German, keeps that, and shows what is missing", async () => {
    const page = await openPage({ path: "/login.html" });
    await page.getByRole("button", { name: "Deutsch" }).click();
    await page.getByRole("button", { name: "Anmelden", exact: true }).click();
    await page.getByText("Füllen Sie dieses Feld aus.").first().waitFor();
    await page.reload();
    await page.getByLabel("Benutzername").waitFor();
  });

  test("leaves no token where scripts can read it", async () => {
    const page = await openConsole("reseller");
    await page.getByRole("tree").waitFor();
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    expect(kept).not.toMatch(/t[spm]_[0-9A-Z]/);
  });

  test("logging out ends the session", async () => {
    const page = await openPage({ path: "/login.html" });
    await logIn(page, "viewer");
    await page.getByRole("button", { name: /Your account/ }).click();
    await page.getByRole("menuitem", { name: "Log out" }).click();
    await page.getByText("You have been logged out.").waitFor();
    await page.goto("/console/");
    await page.waitForURL(/login\.html/);
  });
});

describe("the frame", () => {
  test("the tree is walked by the keyboard alone", async () => {
    const { reseller } = stage();
    const page = await openConsole("provider");
    const tree = page.getByRole("tree");
    await tree.getByRole("treeitem", { name: /Nussbaum IT/ }).waitFor();
    await tree.focus();
    await page.keyboard.press("Home");
    await page.keyboard.type("nuss");
    await page.keyboard.press("ArrowRight");
    await tree.getByRole("treeitem", { name: /Gasthof Post/ }).waitFor();
    await page.keyboard.type("gasthof");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Gasthof Post" }).waitFor();
    expect(await tree.getByRole("treeitem", { selected: true }).innerText()).toContain("Gasthof Post");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    await page.waitForURL(new RegExp(reseller.id));
    await expectAccessible(page, "frame");
  });

  test("the search finds a device, and opens it by the keyboard", async () => {
    const { device } = stage();
    const page = await openConsole("reseller");
    await page.getByRole("tree").waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("empf");
    await page.getByRole("option", { name: /EMPFANG-1/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(new RegExp(device.id));
    await page
      .getByRole("heading", { name: /EMPFANG-1/ })
      .first()
      .waitFor();
  });

  test("colours and language are chosen in the menu, and kept", async () => {
    const page = await openConsole("reseller");
    await page.getByRole("button", { name: /Your account/ }).click();
    await page.getByRole("menuitemradio", { name: "Dark" }).click();
    await page.getByRole("menuitemradio", { name: "Deutsch" }).click();
    await page.reload();
    await page.getByRole("tree", { name: "Hierarchie" }).waitFor();
    expect(await page.evaluate(() => document.documentElement.dataset["mantineColorScheme"])).toBe("dark");
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("de");
    await expectAccessible(page, "dark");
  });

  test("each one sees no more than his own branch", async () => {
    const page = await openConsole("operator");
    await page
      .getByRole("tree")
      .getByRole("treeitem", { name: /Gasthof Post/ })
      .waitFor();
    expect(await page.getByText("Harbour Light").count()).toBe(0);
    await page.goto(`/console/n/${stage().rival.id}/overview`);
    await page.getByText("It does not exist, or it is outside of your organisation.").waitFor();
    await expectAccessible(page, "refused");
  });
});

describe("the overview", () => {
  test("shows a customer at a glance, with two requests for its data", async () => {
    const { customer } = stage();
    const page = await openConsole("reseller");
    await page.waitForLoadState("networkidle");
    const asked: string[] = [];
    page.on("request", (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.startsWith("/v1/")) asked.push(pathname);
    });
    await page.goto(`/console/n/${customer.id}/overview`);
    await page.getByRole("region", { name: "Protected" }).waitFor();
    await page.getByRole("region", { name: "Storage location" }).getByText("Germany").first().waitFor();
    await page.waitForLoadState("networkidle");
    const ofView = asked.filter((path) => path !== "/v1/me" && !path.endsWith("/tree"));
    expect(ofView.sort()).toEqual([`/v1/customers/${customer.id}`, `/v1/customers/${customer.id}/overview`]);
    await expectAccessible(page, "overview");
    await shoot(page, "overview");
  });
});

describe("the customers table", () => {
  test("shows space, licences and state; filter, sort and columns survive a reload", async () => {
    const { reseller } = stage();
    const page = await openConsole("reseller", { path: `/n/${reseller.id}/customers` });
    const table = page.getByRole("table");
    await table.getByRole("row", { name: /Gasthof Post.*2 TB.*Active/ }).waitFor();
    await table.getByRole("row", { name: /Praxis Linde.*Trial, 30 days left/ }).waitFor();
    await expectAccessible(page, "customers");
    await shoot(page, "customers");

    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("menuitemcheckbox", { name: "Country" }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("textbox", { name: "Name begins with" }).fill("bäckerei so");
    await page.waitForURL(/name=b.*so/);
    await page.reload();
    await table.getByRole("columnheader", { name: "Country" }).waitFor();
    const names = table.getByRole("row").filter({ hasText: /Active/ });
    await names.first().waitFor();
    expect(await names.count()).toBe(1);
    await table.getByRole("row", { name: /Bäckerei Sommer.*Austria/ }).waitFor();
  });

  test("on a phone it is a list", async () => {
    const { reseller } = stage();
    const page = await openConsole("reseller", { path: `/n/${reseller.id}/customers`, width: 390 });
    await page.getByRole("listitem").filter({ hasText: "Gasthof Post" }).waitFor();
    await expectAccessible(page, "customers, phone");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  test("exports all rows as CSV", async () => {
    const { reseller } = stage();
    const page = await openConsole("reseller", { path: `/n/${reseller.id}/customers` });
    await page.getByRole("row", { name: /Gasthof Post/ }).waitFor();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "CSV" }).click(),
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
    const lines = Buffer.concat(chunks).toString("utf8").trim().split("\r\n");
    expect(lines[0]).toContain("Name,Licences allotted");
    expect(lines.some((line) => line.startsWith("Gasthof Post,"))).toBe(true);
  });
});
